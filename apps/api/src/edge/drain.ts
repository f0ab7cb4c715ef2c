import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

const inProduction = {
  // Load balancers learn of a drain by asking; until then they send new connections.
  noticeMs: 2_000,
  // Who asks again within this time learns by the answer that the connection ends.
  leaveMs: 2_000,
}
const elsewhere = { noticeMs: 0, leaveMs: 0 }
const lookEveryMs = 100

declare module 'fastify' {
  interface FastifyInstance {
    isDraining: () => boolean
    /** Tells that the end is near, and resolves when load balancers had the time to see it. */
    announceEnd: () => Promise<void>
  }
}

/**
 * Lets clients go one by one: after the notice nobody new is let in, each connection ends with its next answer,
 * and those without a request are ended when their time is over.
 */
export function drain(server: FastifyInstance, { config }: Services): void {
  const { noticeMs, leaveMs } = config.nodeEnv === 'production' ? inProduction : elsewhere
  let isDraining = false
  let running = 0
  server.addHook('onRequest', async (_request, reply) => {
    running += 1
    reply.raw.once('close', () => {
      running -= 1
    })
  })
  server.decorate('isDraining', () => isDraining)
  server.decorate('announceEnd', async () => {
    isDraining = true
    await sleep(noticeMs)
  })
  server.addHook('preClose', async () => {
    isDraining = true
    if (leaveMs > 0) letLeave(server.server, { leaveMs, isIdle: () => running === 0 })
  })
}

interface Leaving {
  readonly leaveMs: number
  readonly isIdle: () => boolean
}

/** Node's close() would end idle connections at once, and with them a request that is on its way. */
function letLeave(http: Server, { leaveMs, isIdle }: Leaving): void {
  http.closeIdleConnections = () => {}
  const end = () => {
    if (isIdle()) http.closeAllConnections()
  }
  setTimeout(() => setInterval(end, lookEveryMs).unref(), leaveMs).unref()
}
