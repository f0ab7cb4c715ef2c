import { customRole, heldByCustomRole } from './custom-roles.ts'
import type { Action, Permission, Reach } from './permissions.ts'
import { everyone, type OrganizationRole, organizationRoles, platformRoles } from './roles.ts'

/** The caller's power in the organization they act in: how far each action reaches, null for not at all. */
export interface Grants {
  reach(action: Action): Reach | null
}

function createGrants(permissions: readonly string[]): Grants {
  const held = new Set<string>(permissions)
  return {
    reach(action) {
      if (held.has(`${action}:any`)) return 'any'
      return held.has(`${action}:own`) ? 'own' : null
    },
  }
}

const withoutOrganization = createGrants(everyone)

const byRole = new Map<string, Grants>(
  Object.entries(organizationRoles).map(([role, held]) => [
    role,
    createGrants([...everyone, ...held]),
  ]),
)

/**
 * The grants of a role as the database holds it now (G07); null means no organization.
 * A role that this code does not know grants what everyone has and nothing more. `permissions` are those of a
 * custom role, and no other's.
 */
export function grantsOf(
  role: OrganizationRole | string | null,
  permissions: readonly string[] | null = null,
): Grants {
  if (role === customRole) return createGrants(heldByCustomRole(permissions ?? []))
  return (role === null ? undefined : byRole.get(role)) ?? withoutOrganization
}

const nothing = createGrants([])

const byPlatformRole = new Map<string, Grants>(
  Object.entries(platformRoles).map(([role, held]) => [role, createGrants(held)]),
)

/** The grants of a role on the platform, as the database holds it now; none for null and for an unknown one. */
export function platformGrantsOf(role: string | null): Grants {
  return byPlatformRole.get(role ?? '') ?? nothing
}

/** What both allow: a key has its own permissions, and never more than its owner has now. */
export function intersect(grants: Grants, permissions: readonly string[]): Grants {
  const narrow = createGrants(permissions)
  return {
    reach(action) {
      const reaches = [grants.reach(action), narrow.reach(action)]
      if (reaches.includes(null)) return null
      return reaches.includes('own') ? 'own' : 'any'
    },
  }
}

/** Whether the grants hold a permission whole. */
export function holds(grants: Grants, permission: Permission): boolean {
  const end = permission.lastIndexOf(':')
  const reach = grants.reach(permission.slice(0, end) as Action)
  return reach === 'any' || (reach === 'own' && permission.endsWith(':own'))
}
