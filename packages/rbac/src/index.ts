export { type Grants, grantsOf } from './grants.ts'
export { type Action, actions, type Permission, type Reach, type Resource } from './permissions.ts'
export { everyone, type OrganizationRole, organizationRoles } from './roles.ts'
