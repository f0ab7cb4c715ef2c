import type { IncomingMessage, Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { requestLimits } from './request-limits.ts'

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
  const running = new Map<IncomingMessage, number>()
  server.addHook('onRequest', async ({ raw }, reply) => {
    running.set(raw, performance.now())
    reply.raw.once('close', () => running.delete(raw))
  })
  server.decorate('isDraining', () => isDraining)
  server.decorate('announceEnd', async () => {
    isDraining = true
    await sleep(noticeMs)
  })
  server.addHook('preClose', async () => {
    isDraining = true
    if (leaveMs > 0) letLeave(server.server, { leaveMs, running })
  })
}

interface Leaving {
  readonly leaveMs: number
  /** Since when each request is under way. */
  readonly running: ReadonlyMap<IncomingMessage, number>
}

/** Node's close() would end idle connections at once, and with them a request that is on its way. */
function letLeave(http: Server, { leaveMs, running }: Leaving): void {
  http.closeIdleConnections = () => {}
  const end = () => {
    if (running.size === 0) http.closeAllConnections()
    for (const [request, since] of running) endSlow(request, since)
  }
  setTimeout(() => setInterval(end, lookEveryMs).unref(), leaveMs).unref()
}

/** A server that closes looks at no timeouts any more. */
function endSlow(request: IncomingMessage, since: number): void {
  const isLate = performance.now() - since > requestLimits.requestTimeout
  if (isLate && !request.complete) request.socket.destroy()
}
