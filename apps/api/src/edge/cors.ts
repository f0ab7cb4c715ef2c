import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

const methods = 'GET, POST, PATCH, DELETE'
const headers =
  'Authorization, Content-Type, DPoP, Idempotency-Key, If-Match, X-Organization-Id, Trpc-Accept'
const exposed =
  'ETag, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id'
// Chromium's own limit.
const maxAgeSeconds = 7_200

/**
 * Lets scripts of the origins in CORS_ORIGINS read our answers, with cookies; an origin is compared whole,
 * and `null` is none. The OAuth server answers its own clients (edge/oauth).
 */
export function cors(server: FastifyInstance, { config }: Services): void {
  const friends = new Set(config.corsOrigins)
  server.addHook('onRequest', async (request, reply) => {
    const { answersItsClients, page } = request.routeOptions.config ?? {}
    // A page is for people: no script of another origin has anything to read there.
    if (answersItsClients || page) return
    const { origin } = request.headers
    reply.header('vary', 'Origin')
    if (origin === undefined || !friends.has(origin)) return
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': exposed,
      // Helmet's same-origin would keep the answer from them all the same.
      'cross-origin-resource-policy': 'cross-origin',
    })
    if (request.method !== 'OPTIONS') return
    if (request.headers['access-control-request-method'] === undefined) return
    reply.headers({
      'access-control-allow-methods': methods,
      'access-control-allow-headers': headers,
      'access-control-max-age': maxAgeSeconds,
    })
    return reply.code(204).send()
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The OAuth server decides which origins may read these answers, by the client. */
    readonly answersItsClients?: boolean
  }
}
