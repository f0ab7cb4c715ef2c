import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

const remembered = 500

/**
 * /healthz: the process is alive. /readyz: it can serve: 503 when Postgres is gone or while it is
 * draining, `degraded` when only Redis is.
 */
export function health(server: FastifyInstance, { database, redis }: Services): void {
  const open = { config: { probe: true } }
  let draining = false
  server.addHook('preClose', async () => {
    draining = true
  })
  const postgres = createProbe(() => database.database.ping())
  const limits = createProbe(() => redis.ping())

  server.get('/healthz', open, async () => ({ status: 'ok' }))
  server.get('/readyz', open, async (_request, reply) => {
    const [database, redis] = await Promise.all([postgres(), limits()])
    const ready = database && !draining
    reply.code(ready ? 200 : 503)
    const status = !ready ? 'unavailable' : redis ? 'ok' : 'degraded'
    return { status, checks: { postgres: word(database), redis: word(redis), draining } }
  })
}

const word = (isUp: boolean) => (isUp ? 'ok' : 'unavailable')

/** Asks at most twice a second, however often it is asked. */
function createProbe(ping: () => Promise<unknown>): () => Promise<boolean> {
  let askedAt = 0
  let answer: Promise<boolean> = Promise.resolve(false)
  return () => {
    if (Date.now() - askedAt < remembered) return answer
    askedAt = Date.now()
    answer = ping().then(
      () => true,
      () => false,
    )
    return answer
  }
}
