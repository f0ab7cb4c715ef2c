import { AppError } from '@repo/errors'

/**
 * Runs at most `concurrency` tasks at once and lets `maxWaiting` more wait; the next is refused
 * with `overloaded`, so that a storm of one kind of work cannot starve the rest.
 */
export function createWorkQueue(options: {
  readonly concurrency: number
  readonly maxWaiting: number
}) {
  const waiting: (() => void)[] = []
  let running = 0

  async function takeTurn(): Promise<void> {
    if (running < options.concurrency) {
      running += 1
      return
    }
    if (waiting.length >= options.maxWaiting) {
      throw new AppError('overloaded', { retryAfterSeconds: 1 })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  return async function run<T>(task: () => Promise<T>): Promise<T> {
    await takeTurn()
    try {
      return await task()
    } finally {
      // A waiting task takes over this place; the count stays as it is.
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
