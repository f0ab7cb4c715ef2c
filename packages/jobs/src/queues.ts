/** How a queue treats its jobs. */
export interface QueuePolicy {
  /** How often a job is tried again; then it is a dead letter. */
  readonly retries: number
  /** The first retry waits between this and twice this, at random, and each one after it twice as long … */
  readonly retrySeconds: number
  /** … up to this. */
  readonly retrySecondsAtMost: number
  /** How long an attempt may take; the job of a worker that was killed is taken again after it. */
  readonly expireSeconds: number
  /** For attempts that take long: the job of a worker that says nothing for so long is taken again. 10 at least. */
  readonly heartbeatSeconds?: number
  /** How long a job waits at most. */
  readonly keepWaitingSeconds: number
  /** How long a job that is done, or was given up, is kept with its data. */
  readonly keepDoneSeconds: number
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour

const delivery = {
  // A receiver that is down for up to 2 hours gets everything.
  retries: 24,
  retrySeconds: 1,
  retrySecondsAtMost: 10 * minute,
  expireSeconds: 20,
  keepWaitingSeconds: 14 * day,
  // What was delivered is nobody's business any more.
  keepDoneSeconds: minute,
} as const satisfies QueuePolicy

const daily = {
  retries: 5,
  retrySeconds: 30,
  retrySecondsAtMost: 10 * minute,
  expireSeconds: 30 * minute,
  heartbeatSeconds: minute,
  keepWaitingSeconds: day,
  keepDoneSeconds: 7 * day,
} as const satisfies QueuePolicy

/** Where what was given up waits for somebody: nobody works on it. */
export const deadLetterQueue = 'dead-letter'

/**
 * Every queue of the product. A new one is a line here and `SELECT jobs.declare_queue('name')` in a migration; a
 * change here is written to the database by the next worker that starts, and holds for jobs that are added from then.
 */
export const queues = {
  mail: delivery,
  alert: delivery,
  // One for each way, so that none waits for a receiver of another that is slow.
  'alert-webhook': delivery,
  'alert-slack': delivery,
  'alert-pagerduty': delivery,
  'alert-email': delivery,
  // Its own attempts are jobs of their own (packages/webhooks): what is tried again here is a job that Postgres lost.
  'webhook-delivery': delivery,
  'webhook-disabled': delivery,
  'audit-seal': daily,
  'audit-upkeep': daily,
  'key-expiry': daily,
  'key-rotation': daily,
  'encryption-upkeep': daily,
  'clean-up': daily,
  'weekly-digest': daily,
  [deadLetterQueue]: { ...delivery, keepWaitingSeconds: 30 * day },
} as const satisfies Readonly<Record<string, QueuePolicy>>

export type QueueName = keyof typeof queues
