import type { GivenRole } from '@repo/auth'
import { AppError } from '@repo/errors'
import { customRole } from '@repo/rbac'

/** A built-in role by its name, or one of the organization's own by its id. */
export interface RoleChoice {
  readonly role?: string
  readonly roleId?: string
}

const oneRole = {
  pointer: '/role',
  code: 'one_role',
  detail: 'Exactly one of role and roleId is given.',
}

/**
 * The role that was chosen; throws `invalid_input` for none and for both. No refinement of the input says
 * so, since the generator of the OpenAPI document forgets that a refined object is strict.
 */
export function toGivenRole({ role, roleId }: RoleChoice): GivenRole {
  if ((role === undefined) === (roleId === undefined)) {
    throw new AppError('invalid_input', { fields: [oneRole] })
  }
  return { role: role ?? customRole, roleId: roleId ?? null }
}
