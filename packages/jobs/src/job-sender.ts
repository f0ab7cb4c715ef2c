import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import type { JobTransaction } from './job-handler.ts'
import type { QueueName } from './queues.ts'

export interface JobSender {
  /** Adds a job and resolves with its id. Throws AppError: overloaded when 10 000 wait, unavailable without Postgres. */
  send(queue: 'mail', data: object): Promise<string>
}

/** For whoever serves: adds jobs, and sees none. */
export function createJobSender(database: Pick<Database, 'query'>): JobSender {
  return {
    async send(queue, data) {
      const [row] = await database.query<{ readonly id: string | null }>({
        name: 'jobs_send',
        text: 'SELECT jobs.send($1, $2) AS id',
        values: [queue, data],
      })
      if (!row?.id) throw new AppError('overloaded')
      return row.id
    },
  }
}

export interface NewJob {
  readonly queue: QueueName
  readonly data: object
  /** Added only where no other job with it waits for its first attempt. */
  readonly key?: string
}

/** Adds a job that is there when, and only when, the transaction commits; null where its key waits already. */
export async function addJob(
  transaction: JobTransaction,
  { queue, data, key }: NewJob,
): Promise<string | null> {
  const [row] = await transaction.query<{ readonly id: string | null }>(
    'SELECT jobs.add($1, $2, $3) AS id',
    [queue, data, key ?? null],
  )
  return row?.id ?? null
}
