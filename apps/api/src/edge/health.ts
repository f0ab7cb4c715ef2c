import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

const remembered = 500
// An orchestrator waits about a second for its answer.
const patienceMs = 900

/**
 * /healthz: the process is alive. /readyz: it can serve: 503 when Postgres is gone, while it is draining or has
 * more to do than it can, `degraded` when only Redis is gone; answered within a second. A balancer asks for
 * `/readyz?exclude=overloaded`: who is busy sheds load by itself, and taken out would leave it all to the others.
 */
export function health(server: FastifyInstance, { database, redis }: Services): void {
  const open = { config: { probe: true } }
  const postgres = createProbe(() => database.database.ping())
  const limits = createProbe(() => redis.ping())

  server.get('/healthz', open, async () => ({ status: 'ok' }))
  server.get('/readyz', open, async ({ query }, reply) => {
    const [database, redis] = await Promise.all([postgres(), limits()])
    const [draining, overloaded] = [server.isDraining(), server.isOverloaded()]
    const isLeftOut = Reflect.get(Object(query), 'exclude') === 'overloaded'
    const ready = database && !draining && (!overloaded || isLeftOut)
    reply.code(ready ? 200 : 503)
    const status = !ready ? 'unavailable' : redis ? 'ok' : 'degraded'
    return {
      status,
      checks: { postgres: word(database), redis: word(redis), draining, overloaded },
    }
  })
}

const word = (isUp: boolean) => (isUp ? 'ok' : 'unavailable')

/** Asks at most twice a second and one at a time, however often it is asked; late is no. */
function createProbe(ping: () => Promise<unknown>): () => Promise<boolean> {
  let askedAt = 0
  let isAsking = false
  let answer: Promise<boolean> = Promise.resolve(false)
  return () => {
    // Questions to a server that hangs would use up its connections.
    if (isAsking || Date.now() - askedAt < remembered) return answer
    askedAt = Date.now()
    isAsking = true
    const asked = ping().then(
      () => true,
      () => false,
    )
    void asked.then(() => {
      isAsking = false
    })
    const late = sleep(patienceMs, false, { ref: false })
    answer = Promise.race([asked, late])
    return answer
  }
}
