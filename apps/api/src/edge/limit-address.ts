import { AppError } from '@repo/errors'
import { addressKey, rateLimitHeaders } from '@repo/rate-limit'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** One limit per address over every path, unknown ones included (G14), before anything is parsed. */
export function limitAddress(server: FastifyInstance, { limiter }: Services): void {
  server.addHook('onRequest', async (request, reply) => {
    // An orchestrator asks these often, from one address; they cost next to nothing.
    if (request.routeOptions.config?.probe) return
    const decision = await limiter.decide([
      { name: 'address', key: addressKey(request.clientAddress) },
    ])
    if (decision.allowed) return
    reply.headers(rateLimitHeaders(decision))
    throw new AppError('rate_limited', { retryAfterSeconds: decision.retryAfterSeconds })
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked by an orchestrator, by address and often: its host and number are not limited. */
    readonly probe?: boolean
  }
}
