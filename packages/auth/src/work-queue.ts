import { AppError } from '@repo/errors'

export interface WorkQueueOptions {
  readonly concurrency: number
  readonly maxWaiting: number
  /** How many of the waiting places may belong to one lane. */
  readonly maxWaitingOfOneLane: number
}

/** Runs a task in its turn; tasks that name the same lane share that lane's places. */
export type RunInTurn = <T>(task: () => Promise<T>, lane?: string) => Promise<T>

/**
 * Runs at most `concurrency` tasks at once and lets `maxWaiting` more wait; the next is refused
 * with `overloaded`, so that a storm of one kind of work cannot starve the rest, nor one lane the
 * others.
 */
export function createWorkQueue(options: WorkQueueOptions): RunInTurn {
  const waiting: { readonly lane: string | undefined; readonly start: () => void }[] = []
  let running = 0

  // Counted anew: the list is short, and a tally of lanes would have to forget them again.
  const isCrowded = (lane: string | undefined) =>
    lane !== undefined &&
    waiting.filter((place) => place.lane === lane).length >= options.maxWaitingOfOneLane

  async function takeTurn(lane: string | undefined): Promise<void> {
    if (running < options.concurrency) {
      running += 1
      return
    }
    if (waiting.length >= options.maxWaiting || isCrowded(lane)) {
      throw new AppError('overloaded', { retryAfterSeconds: 1 })
    }
    await new Promise<void>((start) => waiting.push({ lane, start }))
  }

  return async (task, lane) => {
    await takeTurn(lane)
    try {
      return await task()
    } finally {
      // A waiting task takes over this place; the count stays as it is.
      const next = waiting.shift()
      if (next) next.start()
      else running -= 1
    }
  }
}
