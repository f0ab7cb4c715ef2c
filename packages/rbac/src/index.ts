export { customRole, customRolePermissions } from './custom-roles.ts'
export { describePermission } from './describe-permission.ts'
export { type Grants, grantsOf, holds, intersect, platformGrantsOf } from './grants.ts'
export {
  type Action,
  actions,
  impliedKeyPermissions,
  isHighRisk,
  keyPermissions,
  type Permission,
  permissions,
  type Reach,
  type Resource,
} from './permissions.ts'
export { everyone, type OrganizationRole, organizationRoles, platformRoles } from './roles.ts'
