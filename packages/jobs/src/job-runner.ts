import type { PgBoss, WorkConcurrencyOptions } from 'pg-boss'
import { tellDeadLetters } from './dead-letters.ts'
import { deliver, doInTransaction, type JobWatch } from './do-job.ts'
import type { JobEnd, JobHandler, Schedule } from './job-handler.ts'
import type { JobLog } from './job-log.ts'
import { type BossOptions, openBoss } from './open-boss.ts'
import { queues as allQueues, type QueuePolicy } from './queues.ts'
import { writePolicies, writeSchedules } from './write-settings.ts'

export interface JobRunnerOptions extends Pick<BossOptions, 'currentUrl' | 'rdsRegion'> {
  /** DATABASE_WORKER_URL: the worker's role, on a connection that can LISTEN unless `pooler` says otherwise. */
  readonly url: string
  readonly pooler?: 'none' | 'transaction'
  readonly handlers: readonly JobHandler[]
  /** All schedules of the installation; those of the database are left as they are without. */
  readonly schedules?: readonly Schedule[]
  readonly log: JobLog
  /** Told of every attempt. */
  readonly onEnd?: (end: JobEnd) => void
  /** Another treatment of some queues. */
  readonly queues?: Readonly<Record<string, QueuePolicy>>
  /** How often jobs of killed workers and dead letters are looked for; 10 seconds by default. */
  readonly superviseSeconds?: number
}

export interface JobRunner {
  /** Takes nothing new and lets what runs end, for so long; what has not ended then is failed and tried again. */
  stop(withinSeconds: number): Promise<void>
}

const pollSeconds = 1
// Beside a connection for each job that runs: pg-boss's own statements.
const spareConnections = 3

/**
 * Does the jobs of Postgres, beside any number of others that do. A job is begun within milliseconds of its commit
 * where Postgres can tell of it, within a second elsewhere, and where it is of a group. Rejects when the database is of another pg-boss, or gone.
 */
export async function startJobRunner(options: JobRunnerOptions): Promise<JobRunner> {
  const { url, pooler = 'none', handlers, schedules, log, superviseSeconds = 10 } = options
  const watch = { log, onEnd: options.onEnd ?? (() => {}) }
  const running = handlers.reduce((sum, { concurrency = 1 }) => sum + concurrency, 0)
  const maxConnections = running + spareConnections
  const schedule = schedules !== undefined
  const logIn = { url, currentUrl: options.currentUrl, rdsRegion: options.rdsRegion }
  const boss = openBoss({ ...logIn, pooler, maxConnections, schedule, superviseSeconds })
  boss.on('error', (error) => log.error({ err: error }, 'the jobs have a problem'))
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'the jobs have a warning'))
  try {
    await boss.start()
    await writePolicies(boss, { ...allQueues, ...options.queues })
    if (schedules) await writeSchedules(boss, schedules)
    for (const handler of handlers) await work(boss, handler, watch)
  } catch (error) {
    await boss.stop({ graceful: false })
    throw error
  }
  const telling = keepTelling(boss, log, superviseSeconds)
  return {
    async stop(withinSeconds) {
      await telling.stop()
      await boss.stop({ graceful: true, timeout: withinSeconds * 1_000 })
    },
  }
}

async function work(boss: PgBoss, handler: JobHandler, watch: JobWatch): Promise<void> {
  const { concurrency = 1, concurrencyOfGroup } = handler
  if (concurrencyOfGroup !== undefined) {
    // Together, so that pg-boss counts their groups in memory: over all workers it counts in a snapshot, which places
    // that look at once pass together. Of these places the first alone goes on at once.
    const places = { localConcurrency: concurrency, localGroupConcurrency: concurrencyOfGroup }
    await workOnce(boss, handler, { ...watch, places })
    return
  }
  for (let count = 0; count < concurrency; count += 1) await workOnce(boss, handler, watch)
}

const pollingOptions = {
  includeMetadata: true,
  pollingIntervalSeconds: pollSeconds,
  // For retries, of which nothing tells.
  notifyPollingIntervalSeconds: pollSeconds,
} as const

interface Registration extends JobWatch {
  readonly places?: WorkConcurrencyOptions
}

/** One job of the queue at a time, or as many as there are places. */
async function workOnce(
  boss: PgBoss,
  handler: JobHandler,
  { places, ...watch }: Registration,
): Promise<void> {
  const { queue } = handler
  const shared = { ...pollingOptions, ...places }
  let workerId = ''
  // The next one at once, and not when it is time to look again.
  const goOn = () => boss.notifyWorker(workerId)
  if ('run' in handler) {
    const options = { ...shared, perJobResults: true } as const
    workerId = await boss.work(queue, options, async (jobs) => {
      const surroundings = { database: boss.getDb(), ...watch }
      const results = await Promise.all(jobs.map((job) => deliver(handler, job, surroundings)))
      goOn()
      return results
    })
    return
  }
  const options = { ...shared, transactional: true } as const
  workerId = await boss.work(queue, options, async (jobs, database) => {
    for (const job of jobs) await doInTransaction(handler, job, { database, ...watch })
    goOn()
  })
}

/** Dead letters are errors: each is told of, by one worker. */
function keepTelling(boss: PgBoss, log: JobLog, everySeconds: number) {
  let telling = Promise.resolve()
  async function tell(): Promise<void> {
    try {
      await tellDeadLetters(boss, (letter) => log.error(letter, 'a job was given up'))
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
