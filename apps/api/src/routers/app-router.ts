import { router } from '../procedures/trpc.ts'
import { account } from './account.ts'
import { admin } from './admin.ts'
import { apiKeys } from './api-keys.ts'
import { auth } from './auth.ts'
import { files } from './files.ts'
import { grants } from './grants.ts'
import { invitations } from './invitations.ts'
import { orders } from './orders.ts'
import { organizations } from './organizations.ts'
import { sessions } from './sessions.ts'
import { users } from './users.ts'
import { webhooks } from './webhooks.ts'

export const appRouter = router({
  account,
  admin,
  apiKeys,
  auth,
  files,
  grants,
  invitations,
  orders,
  organizations,
  sessions,
  users,
  webhooks,
})

export type AppRouter = typeof appRouter
