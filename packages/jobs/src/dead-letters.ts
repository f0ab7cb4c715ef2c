import type { PgBoss } from 'pg-boss'
import { deadLetterQueue } from './queues.ts'

/** A job that was given up, without its data. */
export interface DeadLetter {
  readonly jobId: string
  readonly queue: string
  readonly attempts: number
}

// A dead letter has no result of its own: what stands there says that it was told. Of two workers one has it.
const claim = `
  UPDATE pgboss.job_common SET output = '{"told": true}'
   WHERE name = $1 AND output IS NULL AND id IN (
     SELECT id FROM pgboss.job_common WHERE name = $1 AND output IS NULL
      ORDER BY created_on LIMIT 100 FOR UPDATE SKIP LOCKED)
  RETURNING source_id AS "jobId", source_name AS queue, source_retry_count + 1 AS attempts`

const count = 'SELECT count(*)::int AS count FROM pgboss.job_common WHERE name = $1'

/** Those that no worker has told of yet; each is handed out once. */
export async function claimDeadLetters(boss: PgBoss): Promise<readonly DeadLetter[]> {
  const { rows } = await boss.getDb().executeSql(claim, [deadLetterQueue])
  // The columns of the statement above.
  return rows as readonly DeadLetter[]
}

/** How many wait for somebody to look at them. */
export async function countDeadLetters(boss: PgBoss): Promise<number> {
  const { rows } = await boss.getDb().executeSql(count, [deadLetterQueue])
  return rows[0].count
}
