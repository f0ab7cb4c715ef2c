import type { PgBoss } from 'pg-boss'
import type { Schedule } from './job-handler.ts'
import { deadLetterQueue, type QueuePolicy } from './queues.ts'

/** Brings the queues of the database up to what code says; throws for one that no migration has declared. */
export async function writePolicies(
  boss: PgBoss,
  queues: Readonly<Record<string, QueuePolicy>>,
): Promise<void> {
  const known = new Set((await boss.getQueues()).map(({ name }) => name))
  const missing = Object.keys(queues).filter((name) => !known.has(name))
  if (missing.length > 0) {
    throw new Error(`The database lacks the queue ${missing.join(', ')}: apply the migrations.`)
  }
  for (const [name, policy] of Object.entries(queues)) {
    await boss.updateQueue(name, toOptions(name, policy))
  }
}

const toOptions = (name: string, policy: QueuePolicy) => ({
  retryLimit: policy.retries,
  retryBackoff: true,
  retryDelay: policy.retrySeconds,
  retryDelayMax: policy.retrySecondsAtMost,
  expireInSeconds: policy.expireSeconds,
  heartbeatSeconds: policy.heartbeatSeconds ?? null,
  retentionSeconds: policy.keepWaitingSeconds,
  deleteAfterSeconds: policy.keepDoneSeconds,
  deadLetter: name === deadLetterQueue ? null : deadLetterQueue,
  notify: true,
})

/** Makes the schedules of the database those that code says: what is no longer one ends. */
export async function writeSchedules(boss: PgBoss, schedules: readonly Schedule[]): Promise<void> {
  const ended = (await boss.getSchedules()).filter(
    ({ name }) => !schedules.some(({ queue }) => queue === name),
  )
  for (const { name, key } of ended) await boss.unschedule(name, key)
  for (const { cron, queue, timeZone = 'UTC' } of schedules) {
    await boss.schedule(queue, cron, null, { tz: timeZone, missed: 'once' })
  }
}
