import { type OrganizationRole, organizationRoles } from '@repo/rbac'
import { z } from 'zod'

// Parse boundary: the names of the roles, as the table of roles has them.
const names = Object.keys(organizationRoles) as OrganizationRole[]

/** What a member of an organization can be, without a role of the organization's own. */
export const organizationRole = z.enum(names)
