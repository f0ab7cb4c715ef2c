import { customRolePermissions } from '@repo/rbac'
import { z } from 'zod'

/** What an owner can make a role of. */
export const customRolePermission = z.enum(customRolePermissions)
