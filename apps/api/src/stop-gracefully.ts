import { nameEvent } from '@repo/logging'
import type { FastifyInstance } from 'fastify'
import type { Services } from './services.ts'

// The notice, the time for idle connections (edge/drain.ts) and a handler's (edge/request-limits.ts): none is cut.
const drainMs = 20_000

/**
 * Ends the process without losing a request: /readyz says 503, what runs is answered, then the
 * services close. A second signal, or 20 seconds, ends it at once; a fault ends it with exit code 1.
 */
export function stopGracefully(server: FastifyInstance, services: Services): void {
  const { logger } = services
  let stopping = false

  async function stop(reason: string, exitCode: number): Promise<void> {
    if (stopping) process.exit(1)
    stopping = true
    logger.warn({ event: nameEvent('sys_shutdown', { reason }), reason }, 'stopping')
    setTimeout(() => void end(1), drainMs).unref()
    await server.announceEnd()
    await server.close()
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
    logger.fatal({ event: crash('uncaughtException'), err: error }, 'uncaught exception')
    void stop('uncaughtException', 1)
  })
  process.on('unhandledRejection', (error) => {
    logger.fatal({ event: crash('unhandledRejection'), err: error }, 'unhandled rejection')
    void stop('unhandledRejection', 1)
  })
}

const crash = (reason: string) => nameEvent('sys_crash', { reason })
