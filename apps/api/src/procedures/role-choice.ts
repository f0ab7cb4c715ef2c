import { id } from '@repo/validation'
import { organizationRole } from './organization-role.ts'

/** The fields by which a role is given, one of which is there (given-role.ts). */
export const roleChoice = {
  role: organizationRole.exactOptional(),
  roleId: id.exactOptional(),
}
