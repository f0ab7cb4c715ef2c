import type { PgBoss } from 'pg-boss'
import { claimDeadLetters, countDeadLetters } from './dead-letters.ts'
import { deliver, doInTransaction } from './do-job.ts'
import type { JobHandler, Schedule } from './job-handler.ts'
import type { JobLog } from './job-log.ts'
import { openBoss } from './open-boss.ts'
import { queues as allQueues, type QueuePolicy } from './queues.ts'
import { writePolicies, writeSchedules } from './write-settings.ts'

export interface JobRunnerOptions {
  /** DATABASE_WORKER_URL: the worker's role, on a connection that can LISTEN unless `pooler` says otherwise. */
  readonly url: string
  readonly pooler?: 'none' | 'transaction'
  readonly handlers: readonly JobHandler[]
  /** All schedules of the installation; those of the database are left as they are without. */
  readonly schedules?: readonly Schedule[]
  readonly log: JobLog
  /** Another treatment of some queues. */
  readonly queues?: Readonly<Record<string, QueuePolicy>>
  /** How often jobs of killed workers and dead letters are looked for; 10 seconds by default. */
  readonly superviseSeconds?: number
}

export interface JobRunner {
  /** Takes nothing new and lets what runs end, for so long; what has not ended then is failed and tried again. */
  stop(withinSeconds: number): Promise<void>
  countDeadLetters(): Promise<number>
}

const pollSeconds = 1
// Beside a connection for each job that runs: pg-boss's own statements.
const spareConnections = 3

/**
 * Does the jobs of Postgres, beside any number of others that do. A job is begun within milliseconds of its commit
 * where Postgres can tell of it, within a second elsewhere. Rejects when the database is of another pg-boss, or gone.
 */
export async function startJobRunner(options: JobRunnerOptions): Promise<JobRunner> {
  const { url, pooler = 'none', handlers, schedules, log, superviseSeconds = 10 } = options
  const running = handlers.reduce((sum, { concurrency = 1 }) => sum + concurrency, 0)
  const maxConnections = running + spareConnections
  const schedule = schedules !== undefined
  const boss = openBoss({ url, pooler, maxConnections, schedule, superviseSeconds })
  boss.on('error', (error) => log.error({ err: error }, 'the jobs have a problem'))
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'the jobs have a warning'))
  try {
    await boss.start()
    await writePolicies(boss, { ...allQueues, ...options.queues })
    if (schedules) await writeSchedules(boss, schedules)
    for (const handler of handlers) await work(boss, handler, log)
  } catch (error) {
    await boss.stop({ graceful: false })
    throw error
  }
  const telling = tellDeadLetters(boss, log, superviseSeconds)
  return {
    async stop(withinSeconds) {
      await telling.stop()
      await boss.stop({ graceful: true, timeout: withinSeconds * 1_000 })
    },
    countDeadLetters: () => countDeadLetters(boss),
  }
}

async function work(boss: PgBoss, handler: JobHandler, log: JobLog): Promise<void> {
  for (let count = 0; count < (handler.concurrency ?? 1); count += 1) {
    await workOnce(boss, handler, log)
  }
}

const pollingOptions = {
  includeMetadata: true,
  pollingIntervalSeconds: pollSeconds,
  // For retries, of which nothing tells.
  notifyPollingIntervalSeconds: pollSeconds,
} as const

/** One job of the queue at a time. */
async function workOnce(boss: PgBoss, handler: JobHandler, log: JobLog): Promise<void> {
  const { queue } = handler
  let workerId = ''
  // The next one at once, and not when it is time to look again.
  const goOn = () => boss.notifyWorker(workerId)
  if ('run' in handler) {
    const options = { ...pollingOptions, perJobResults: true } as const
    workerId = await boss.work(queue, options, async (jobs) => {
      const results = await Promise.all(jobs.map((job) => deliver(handler, job, log)))
      goOn()
      return results
    })
    return
  }
  const options = { ...pollingOptions, transactional: true } as const
  workerId = await boss.work(queue, options, async (jobs, database) => {
    for (const job of jobs) await doInTransaction(handler, job, { database, log })
    goOn()
  })
}

/** Dead letters are errors: each is told of once, by one worker. */
function tellDeadLetters(boss: PgBoss, log: JobLog, everySeconds: number) {
  let telling = Promise.resolve()
  async function tell(): Promise<void> {
    try {
      for (const letter of await claimDeadLetters(boss)) log.error(letter, 'a job was given up')
    } catch (error) {
      log.error({ err: error }, 'dead letters could not be looked for')
    }
  }
  const timer = setInterval(() => {
    telling = telling.then(tell)
  }, everySeconds * 1_000)
  return {
    async stop() {
      clearInterval(timer)
      await telling
    },
  }
}
