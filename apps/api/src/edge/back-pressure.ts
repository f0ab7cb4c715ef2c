import { AppError } from '@repo/errors'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { createLateness, type LoopLimits, watchLoop } from './loop-lateness.ts'

const retryAfterSeconds = 2

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether this process has more to do than it can: new requests are refused. */
    isOverloaded: () => boolean
  }
}

/** Refuses what is new (503, Retry-After) while the event loop is late, so that what runs comes to its end. */
export function backPressure(
  server: FastifyInstance,
  { logger }: Pick<Services, 'logger'>,
  limits: LoopLimits,
): void {
  const lateness = createLateness(limits)
  let refused = 0
  function add(elapsedMs: number): void {
    const wasLate = lateness.isLate()
    lateness.add(elapsedMs)
    if (wasLate === lateness.isLate()) return
    if (wasLate) logger.warn({ refused }, 'the event loop is well again')
    else logger.warn('the event loop is late: new requests are refused')
    refused = 0
  }
  server.decorate('isOverloaded', () => lateness.isLate())
  server.addHook('onRequest', async (request) => {
    if (!lateness.isLate() || request.routeOptions.config?.probe) return
    refused += 1
    throw new AppError('overloaded', { retryAfterSeconds })
  })
  // What it takes to start does not count.
  server.addHook('onListen', async () => {
    const watch = watchLoop(add)
    server.server.once('close', watch.stop)
  })
}
