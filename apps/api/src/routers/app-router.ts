import { router } from '../procedures/trpc.ts'
import { auth } from './auth.ts'
import { orders } from './orders.ts'
import { organizations } from './organizations.ts'
import { users } from './users.ts'

export const appRouter = router({ auth, orders, organizations, users })

export type AppRouter = typeof appRouter
