import type { JobRunner } from '@repo/jobs'
import type { Services } from './services.ts'

// A mail's attempt takes 10 s at most; what takes longer is given back, and done again by another worker.
const drainSeconds = 15
const endMs = 20_000

/**
 * Ends the process without losing a job: nothing new is taken, what runs ends, then the services close. A second
 * signal, or 20 seconds, ends it at once; a fault ends it with exit code 1.
 */
export function stopGracefully(runner: JobRunner, services: Services): void {
  const { logger } = services
  let stopping = false

  async function stop(reason: string, exitCode: number): Promise<void> {
    if (stopping) process.exit(1)
    stopping = true
    logger.info({ reason }, 'stopping')
    setTimeout(() => void end(1), endMs).unref()
    await runner.stop(drainSeconds)
    await services.close()
    await end(exitCode)
  }

  async function end(exitCode: number): Promise<void> {
    await logger.close()
    process.exit(exitCode)
  }

  process.on('SIGTERM', () => void stop('SIGTERM', 0))
  process.on('SIGINT', () => void stop('SIGINT', 0))
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught exception')
    void stop('uncaughtException', 1)
  })
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled rejection')
    void stop('unhandledRejection', 1)
  })
}
