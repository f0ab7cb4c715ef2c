import type { QueueName } from './queues.ts'

export interface Job {
  /** The same on every attempt, and after a requeue: the event id of what is delivered. */
  readonly id: string
  /** As it was added: anything, to be looked at by the handler. */
  readonly data: unknown
  /** From 1. */
  readonly attempt: number
}

/** The transaction in which a job is done. */
export interface JobTransaction {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

interface WorkOptions {
  readonly queue: Exclude<QueueName, 'dead-letter'>
  /** How many jobs of the queue each worker does at once; 1 by default. */
  readonly concurrency?: number
  /** How many jobs of one group (jobs.add) each worker does at once; no bound by default. */
  readonly concurrencyOfGroup?: number
}

/**
 * Work outside of the database, done at least once: a worker that is killed after it, and before the job is marked
 * as done, does it again. The receiver tells one delivery from two by `job.id`. A rejection is tried again, but a
 * PermanentFailure; a RetryLater says from when. `signal` aborts when the job's time is over, or the worker's.
 */
export interface DeliveryHandler extends WorkOptions {
  run(job: Job, signal: AbortSignal): Promise<void>
}

/**
 * Work in the database, done exactly once: what is written through `transaction`, jobs that are added too, is
 * committed together with the job's end, or not at all. Nothing else of what it does is undone.
 */
export interface DatabaseHandler extends WorkOptions {
  runInTransaction(job: Job, transaction: JobTransaction, signal: AbortSignal): Promise<void>
}

export type JobHandler = DeliveryHandler | DatabaseHandler

/** A job at each time of a cron expression, by one worker; one alone for all the times that no worker ran. */
export interface Schedule {
  readonly cron: string
  /** Whose clock it is; UTC by default. */
  readonly timeZone?: string
  readonly queue: QueueName
}

/** How an attempt ended: `given_up` where there is no other. */
export interface JobEnd {
  readonly queue: string
  readonly result: (typeof jobResults)[number]
  readonly seconds: number
}

export const jobResults = ['done', 'failed', 'given_up'] as const

/** That another attempt would fail too: the job is a dead letter at once. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure'
}

/** That another attempt is of no use for so many seconds; where the queue waits longer, it does. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly retryAfterSeconds: number

  constructor(message: string, options: ErrorOptions & { readonly retryAfterSeconds: number }) {
    super(message, options)
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
