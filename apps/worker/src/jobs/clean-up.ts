import type { DeliveryHandler } from '@repo/jobs'
import type { Services } from '../services.ts'
import { deleteFiles } from './delete-files.ts'

const batch = 1_000
// What is deleted with an organization can be much.
const organizationBatch = 10

interface Past {
  readonly table: string
  /** The columns of its key. */
  readonly key: string
  readonly isPast: string
  readonly atOnce: number
}

const expired = (table: string, key = 'id'): Past => ({
  table,
  key,
  isPast: 'expires_at < now()',
  atOnce: batch,
})

/** What is over, as the log calls it. What is not over, its policies keep too. */
const past = {
  sessions: expired('sessions'),
  links: expired('one_time_tokens'),
  emailChanges: expired('email_changes', 'user_id'),
  invitations: expired('invitations'),
  keptAnswers: expired('idempotency_keys', 'user_id, organization_id, key_hash'),
  oauthRecords: expired('oauth_records', 'kind, id'),
  oauthGrants: expired('oauth_grants'),
  failedLogIns: {
    table: 'failed_log_ins',
    key: 'email_hash',
    isPast: `last_at < now() - interval '1 day'`,
    atOnce: batch,
  },
  blockedAddresses: {
    table: 'blocked_addresses',
    key: 'address_key',
    isPast: `blocked_until < now() - interval '1 day'`,
    atOnce: batch,
  },
  alerts: {
    table: 'alerts',
    key: 'id',
    isPast: `last_at < now() - interval '400 days'`,
    atOnce: batch,
  },
  // With their deliveries and the attempts of these.
  webhookEvents: {
    table: 'webhook_events',
    key: 'id',
    isPast: `created_at < now() - interval '30 days'`,
    atOnce: batch,
  },
  organizations: {
    table: 'organizations',
    key: 'id',
    // What leads to contents of files stays until these are gone.
    isPast: `deleted_at < now() - interval '30 days' AND NOT EXISTS (
      SELECT FROM files f WHERE f.organization_id = organizations.id)`,
    atOnce: organizationBatch,
  },
} as const satisfies Readonly<Record<string, Past>>

/** Takes away what is over, a batch at a time: to do it twice does nothing. */
export function createCleanUp({
  database,
  storage,
  logger,
}: Pick<Services, 'database' | 'storage' | 'logger'>): DeliveryHandler {
  async function deletePast(kind: Past, signal: AbortSignal): Promise<number> {
    const query = { name: `clean_up_${kind.table}`, text: deletion(kind), values: [] }
    let deleted = 0
    for (;;) {
      signal.throwIfAborted()
      const { length } = await database.query(query)
      deleted += length
      if (length < kind.atOnce) return deleted
    }
  }
  return {
    queue: 'clean-up',
    async run(_job, signal) {
      const deleted: Record<string, number> = {}
      // A storage that fails keeps nothing else from its end; the job is tried again for it.
      const [files] = await Promise.allSettled([
        storage ? deleteFiles(database, { storage, signal }) : 0,
      ])
      if (files.status === 'fulfilled') deleted['files'] = files.value
      for (const [name, kind] of Object.entries(past))
        deleted[name] = await deletePast(kind, signal)
      logger.info({ deleted }, 'what is over was deleted')
      if (files.status === 'rejected') throw files.reason
    },
  }
}

const deletion = ({ table, key, isPast, atOnce }: Past) => `
  DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${isPast} LIMIT ${atOnce})
  RETURNING 1`
