import type { DeliveryHandler } from '@repo/jobs'
import type { Services } from '../services.ts'

const batch = 1_000
// What is deleted with an organization can be much.
const organizationBatch = 10

/** What is over, by table; how much goes in one statement. What is not over its policies keep too. */
const past: readonly (readonly [table: string, key: string, isPast: string, atOnce: number])[] = [
  ['sessions', 'id', 'expires_at < now()', batch],
  ['one_time_tokens', 'id', 'expires_at < now()', batch],
  ['email_changes', 'user_id', 'expires_at < now()', batch],
  ['invitations', 'id', 'expires_at < now()', batch],
  ['idempotency_keys', '(user_id, organization_id, key_hash)', 'expires_at < now()', batch],
  ['oauth_records', '(kind, id)', 'expires_at < now()', batch],
  ['oauth_grants', 'id', 'expires_at < now()', batch],
  ['failed_log_ins', 'email_hash', `last_at < now() - interval '1 day'`, batch],
  ['blocked_addresses', 'address_key', `blocked_until < now() - interval '1 day'`, batch],
  ['organizations', 'id', `deleted_at < now() - interval '30 days'`, organizationBatch],
]

/** Takes away what is over, a batch at a time: to do it twice does nothing. */
export function createCleanUp({
  database,
  logger,
}: Pick<Services, 'database' | 'logger'>): DeliveryHandler {
  async function deletePast(
    [table, key, isPast, atOnce]: (typeof past)[number],
    signal: AbortSignal,
  ): Promise<number> {
    const columns = key.replace(/^\((.*)\)$/, '$1')
    const text = `
      WITH gone AS (
        DELETE FROM ${table} WHERE ${key} IN (
          SELECT ${columns} FROM ${table} WHERE ${isPast} LIMIT ${atOnce}) RETURNING 1)
      SELECT count(*)::int AS count FROM gone`
    let deleted = 0
    for (;;) {
      signal.throwIfAborted()
      const [row] = await database.query<{ readonly count: number }>({
        name: `clean_up_${table}`,
        text,
        values: [],
      })
      deleted += row?.count ?? 0
      if ((row?.count ?? 0) < atOnce) return deleted
    }
  }
  return {
    queue: 'clean-up',
    async run(_job, signal) {
      const deleted: Record<string, number> = {}
      for (const kind of past) deleted[kind[0]] = await deletePast(kind, signal)
      logger.info({ deleted }, 'what is over was deleted')
    },
  }
}
