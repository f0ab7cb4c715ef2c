import { router } from '../procedures/trpc.ts'
import { oauthClients } from './admin-oauth-clients.ts'

export const admin = router({ oauthClients })
