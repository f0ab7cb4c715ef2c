import { keyPermissions } from '@repo/rbac'
import { z } from 'zod'

/** What a key can be given. */
export const keyPermission = z.enum(keyPermissions)
