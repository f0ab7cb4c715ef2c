import type { JobResult, JobWithMetadata, PgBoss } from 'pg-boss'
import {
  type DatabaseHandler,
  type DeliveryHandler,
  type Job,
  type JobTransaction,
  PermanentFailure,
} from './job-handler.ts'
import type { JobLog } from './job-log.ts'

type FetchedJob = JobWithMetadata<unknown>
type Executor = Pick<ReturnType<PgBoss['getDb']>, 'executeSql'>

/** Does one job of a delivery; how it ended is for pg-boss to write down. */
export async function deliver(
  handler: DeliveryHandler,
  fetched: FetchedJob,
  log: JobLog,
): Promise<JobResult> {
  const { id } = fetched
  try {
    await handler.run(toJob(fetched), fetched.signal)
    return { id, status: 'completed' }
  } catch (error) {
    report(error, fetched, log)
    const status = error instanceof PermanentFailure ? 'deadletter' : 'failed'
    return { id, status, output: outputOf(error) }
  }
}

/** Does one job in the transaction that ends it; rejects when it is to be undone. */
export async function doInTransaction(
  handler: DatabaseHandler,
  fetched: FetchedJob,
  { database, log }: { readonly database: Executor; readonly log: JobLog },
): Promise<void> {
  try {
    await handler.runInTransaction(toJob(fetched), toTransaction(database), fetched.signal)
  } catch (error) {
    report(error, fetched, log)
    // pg-boss writes down what it is given: of a query that failed that would be the row.
    throw Object.assign(new Error(outputOf(error).name), { stack: undefined })
  }
}

const toJob = ({ id, data, retryCount }: FetchedJob): Job => ({
  id,
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

function report(error: unknown, { id, name, retryCount, retryLimit }: FetchedJob, log: JobLog) {
  const willRetry = retryCount < retryLimit && !(error instanceof PermanentFailure)
  const fields = { err: error, queue: name, jobId: id, attempt: retryCount + 1, willRetry }
  log.warn(fields, 'a job failed')
}

/** What is kept of a failure beside the job: no message, which may quote what was sent. */
function outputOf(error: unknown): { readonly name: string } {
  const name = error instanceof Error ? error.name : 'unknown'
  const code = error instanceof Error && 'code' in error ? ` ${String(error.code)}` : ''
  return { name: `${name}${code}` }
}
