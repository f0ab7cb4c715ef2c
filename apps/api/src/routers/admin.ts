import { router } from '../procedures/trpc.ts'
import { alerts } from './admin-alerts.ts'
import { auditEvents } from './admin-audit-events.ts'
import { blockedAddresses } from './admin-blocked-addresses.ts'
import { oauthClients } from './admin-oauth-clients.ts'
import { organizations } from './admin-organizations.ts'
import { users } from './admin-users.ts'

export const admin = router({
  alerts,
  auditEvents,
  blockedAddresses,
  oauthClients,
  organizations,
  users,
})
