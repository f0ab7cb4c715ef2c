import { type Permission, permissions } from './permissions.ts'
import { everyone, organizationRoles } from './roles.ts'

/** The role of a member whose permissions are a row of the organization's own. */
export const customRole = 'custom'

/** What a custom role always holds: to leave. */
export const impliedCustomPermissions = [
  'membership:delete:own',
] as const satisfies readonly Permission[]

// Who belongs to an organization, its name and end, its roles, where its events go, and the platform's programs.
const governing =
  /^(invitation|oauthClient|webhook\w*):|^(membership|organization):(update|delete):|^role:(create|update|delete):/

const admins: ReadonlySet<string> = new Set([...everyone, ...organizationRoles.admin])
const isAdmins = (permission: Permission) =>
  admins.has(permission) || admins.has(permission.replace(/:own$/, ':any'))

/**
 * What a custom role can be made of. All of it is an admin's, so that nobody who gives such a role gives
 * more than they hold.
 */
export const customRolePermissions: readonly Permission[] = permissions.filter(
  (permission) => !governing.test(permission) && isAdmins(permission),
)

const allowed: ReadonlySet<string> = new Set(customRolePermissions)

/** What a row of permissions is worth: one that is unknown, or no custom role's, is worth nothing. */
export const heldByCustomRole = (row: readonly string[]): readonly string[] => [
  ...everyone,
  ...impliedCustomPermissions,
  ...row.filter((permission) => allowed.has(permission)),
]
