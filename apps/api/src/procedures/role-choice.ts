import { id, problem } from '@repo/validation'
import { organizationRole } from './organization-role.ts'

/** The fields by which a role is given: a built-in one by its name, one of the organization's own by its id. */
export const roleChoice = {
  role: organizationRole.exactOptional(),
  roleId: id.exactOptional(),
}

/** That exactly one of them is there, for the `.refine` of the object that holds them. */
export const isOneRole = (choice: { readonly role?: string; readonly roleId?: string }) =>
  (choice.role === undefined) !== (choice.roleId === undefined)

export const oneRole = { ...problem('one_role'), path: ['role'] }
