import type { Database } from '@repo/database'

/** What waits in a queue; of its jobs nothing but how many and how late. */
export interface QueueMeasure {
  readonly queue: string
  readonly waiting: number
  readonly active: number
  /** How long the oldest that waits has been due. */
  readonly lateSeconds: number
  /** Of its jobs, those that are dead letters. */
  readonly givenUp: number
}

const measure = `
  SELECT queue, waiting + retrying AS waiting, running AS active, dead_letters AS "givenUp",
         greatest(0, extract(epoch FROM clock_timestamp() - due_at))::double precision AS "lateSeconds"
    FROM jobs.count_queues()`

/** Every queue, as the worker's role may count them. */
export const measureQueues = (
  database: Pick<Database, 'query'>,
): Promise<readonly QueueMeasure[]> =>
  database.query<QueueMeasure & Record<string, unknown>>({
    name: 'jobs_count_queues',
    text: measure,
    values: [],
  })
