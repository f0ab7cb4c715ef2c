import type { PgBoss } from 'pg-boss'
import { deadLetterQueue } from './queues.ts'

/** A job that was given up, without its data. */
export interface DeadLetter {
  readonly jobId: string
  readonly queue: string
  readonly attempts: number
}

// A dead letter has no result of its own: what stands there says that it was told. Of two workers one has it.
const untold = `
  SELECT id, source_id AS "jobId", source_name AS queue, source_retry_count + 1 AS attempts
    FROM pgboss.job_common WHERE name = $1 AND output IS NULL
   ORDER BY created_on LIMIT 100 FOR UPDATE SKIP LOCKED`

const markAsTold = `
  UPDATE pgboss.job_common SET output = '{"told": true}' WHERE name = $1 AND id = ANY($2::uuid[])`

/** Tells of those that no worker has told of yet: each at least once, and marked only then. */
export async function tellDeadLetters(
  boss: PgBoss,
  tell: (letter: DeadLetter) => void,
): Promise<void> {
  const transaction = await boss.getDb().beginTransaction?.()
  if (!transaction) throw new Error('The jobs have no transactions.')
  const { db, commit, rollback } = transaction
  try {
    const { rows } = await db.executeSql(untold, [deadLetterQueue])
    // The columns of the statement above.
    for (const { id: _, ...letter } of rows as readonly (DeadLetter & { id: string })[])
      tell(letter)
    await db.executeSql(markAsTold, [deadLetterQueue, rows.map(({ id }) => id)])
    await commit()
  } catch (error) {
    await rollback()
    throw error
  }
}
