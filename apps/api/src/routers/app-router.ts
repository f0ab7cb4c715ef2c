import { router } from '../procedures/trpc.ts'
import { account } from './account.ts'
import { apiKeys } from './api-keys.ts'
import { auth } from './auth.ts'
import { orders } from './orders.ts'
import { organizations } from './organizations.ts'
import { sessions } from './sessions.ts'
import { users } from './users.ts'

export const appRouter = router({ account, apiKeys, auth, orders, organizations, sessions, users })

export type AppRouter = typeof appRouter
