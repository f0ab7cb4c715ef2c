import type { QueueName } from './queues.ts'

export interface Job {
  /** The same on every attempt: the event id of what is delivered. */
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
}

/**
 * Work outside of the database, done at least once: a worker that is killed after it, and before the job is marked
 * as done, does it again. The receiver tells one delivery from two by `job.id`. A rejection is tried again, but a
 * PermanentFailure. `signal` aborts when the job's time is over, or the worker's.
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

/** A job at each time of a cron expression (UTC), by one worker; one alone for all the times that no worker ran. */
export interface Schedule {
  readonly cron: string
  readonly queue: QueueName
}

/** That another attempt would fail too: the job is a dead letter at once. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure'
}
