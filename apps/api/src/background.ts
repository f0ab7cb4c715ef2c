import type { Logger } from '@repo/logging'

/** Work that goes on behind a reply, such as deciding on a mail. */
export interface Background {
  /** Starts a task at once and resolves when it has ended; its failure is logged and reaches nobody. */
  run(task: () => Promise<void>): Promise<void>
  /** Resolves when everything that was started has ended. */
  settled(): Promise<void>
}

export function createBackground(logger: Logger): Background {
  const running = new Set<Promise<void>>()
  return {
    run(task) {
      const ending = task()
        .catch((error: unknown) => logger.error({ err: error }, 'background work failed'))
        .finally(() => running.delete(ending))
      running.add(ending)
      return ending
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
