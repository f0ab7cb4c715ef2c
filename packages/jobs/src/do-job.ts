import type { JobResult, JobWithMetadata, PgBoss } from 'pg-boss'
import {
  type DatabaseHandler,
  type DeliveryHandler,
  type Job,
  type JobEnd,
  type JobTransaction,
  PermanentFailure,
  RetryLater,
} from './job-handler.ts'
import type { JobLog } from './job-log.ts'

type FetchedJob = JobWithMetadata<unknown>
/** Who is told of what happens to a job. */
export interface JobWatch {
  readonly log: JobLog
  readonly onEnd: (end: JobEnd) => void
}
type Executor = Pick<ReturnType<PgBoss['getDb']>, 'executeSql'>

interface Surroundings extends JobWatch {
  readonly database: Executor
}

/** Does one job of a delivery; how it ended is for pg-boss to write down. */
export async function deliver(
  handler: DeliveryHandler,
  fetched: FetchedJob,
  { database, ...watch }: Surroundings,
): Promise<JobResult> {
  const { id } = fetched
  try {
    await attempt(fetched, watch, () => handler.run(toJob(fetched), fetched.signal))
    return { id, status: 'completed' }
  } catch (error) {
    await setRetryWait(database, fetched, error)
    const status = error instanceof PermanentFailure ? 'deadletter' : 'failed'
    return { id, status, output: outputOf(error) }
  }
}

/** Does one job in the transaction that ends it; rejects when it is to be undone. */
export async function doInTransaction(
  handler: DatabaseHandler,
  fetched: FetchedJob,
  { database, ...watch }: Surroundings,
): Promise<void> {
  try {
    await attempt(fetched, watch, () =>
      handler.runInTransaction(toJob(fetched), toTransaction(database), fetched.signal),
    )
  } catch (error) {
    // pg-boss writes down what it is given: of a query that failed that would be the row.
    throw Object.assign(new Error(outputOf(error).name), { stack: undefined })
  }
}

const retryWait = `
  UPDATE pgboss.job_common j
     SET retry_delay = greatest(q.retry_delay, $4), retry_delay_max = greatest(q.retry_delay_max, $4)
    FROM pgboss.queue q
   WHERE q.name = j.name AND j.name = $1 AND j.id = $2 AND j.retry_count = $3 AND j.state = 'active'`

/** The next attempt waits as the queue says, and as long as a RetryLater says at least. */
async function setRetryWait(database: Executor, job: FetchedJob, error: unknown): Promise<void> {
  const seconds = error instanceof RetryLater ? Math.ceil(error.retryAfterSeconds) : 0
  await database.executeSql(retryWait, [job.name, job.id, job.retryCount, seconds])
}

const toJob = ({ id, data, retryCount, sourceRootId }: FetchedJob): Job => ({
  id: sourceRootId ?? id,
  data,
  attempt: retryCount + 1,
})

const toTransaction = (database: Executor): JobTransaction => ({
  async query<Row extends object>(text: string, values: readonly unknown[] = []) {
    const { rows } = await database.executeSql(text, [...values])
    // Rows come typed as the caller declares them.
    return rows as readonly Row[]
  },
})

/** One attempt, of which is told how it ended. */
async function attempt(
  { id, name: queue, retryCount, retryLimit }: FetchedJob,
  { log, onEnd }: JobWatch,
  run: () => Promise<void>,
): Promise<void> {
  const start = performance.now()
  const end = (result: JobEnd['result']) =>
    onEnd({ queue, result, seconds: (performance.now() - start) / 1_000 })
  try {
    await run()
    end('done')
  } catch (error) {
    const willRetry = retryCount < retryLimit && !(error instanceof PermanentFailure)
    const fields = { err: error, queue, jobId: id, attempt: retryCount + 1, willRetry }
    log.warn(fields, 'a job failed')
    end(willRetry ? 'failed' : 'given_up')
    throw error
  }
}

/** What is kept of a failure beside the job: no message, which may quote what was sent. */
function outputOf(error: unknown): { readonly name: string } {
  const name = error instanceof Error ? error.name : 'unknown'
  const code = error instanceof Error && 'code' in error ? ` ${String(error.code)}` : ''
  return { name: `${name}${code}` }
}
