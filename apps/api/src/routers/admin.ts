import { router } from '../procedures/trpc.ts'
import { alerts } from './admin-alerts.ts'
import { apiKeys } from './admin-api-keys.ts'
import { auditChain } from './admin-audit-chain.ts'
import { auditEvents } from './admin-audit-events.ts'
import { blockedAddresses } from './admin-blocked-addresses.ts'
import { digests } from './admin-digests.ts'
import { jobQueues } from './admin-job-queues.ts'
import { oauthClients } from './admin-oauth-clients.ts'
import { organizations } from './admin-organizations.ts'
import { overview } from './admin-overview.ts'
import { refusals } from './admin-refusals.ts'
import { sessions } from './admin-sessions.ts'
import { users } from './admin-users.ts'

export const admin = router({
  alerts,
  apiKeys,
  auditChain,
  auditEvents,
  blockedAddresses,
  digests,
  jobQueues,
  oauthClients,
  organizations,
  overview,
  refusals,
  sessions,
  users,
})
