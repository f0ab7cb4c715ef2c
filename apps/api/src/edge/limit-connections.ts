import type { Socket } from 'node:net'
import { addressKey } from '@repo/rate-limit'
import type { FastifyInstance } from 'fastify'
import { createNetworkTest } from '../network-list.ts'
import type { Services } from '../services.ts'

export interface ConnectionLimits {
  readonly maxConnections: number
  readonly maxPerAddress: number
  readonly maxWaiting: number
}

type Needed = Pick<Services, 'logger'> & {
  readonly config: Pick<Services['config'], 'trustedProxies' | 'cdnNetworks'>
}

/**
 * Closes connections that are too many, of all or of one address, before anything is read from them, and one on
 * which too many requests wait for their answers. Whoever comes when others have left is served again at once.
 */
export function limitConnections(
  server: FastifyInstance,
  { logger, config }: Needed,
  { maxConnections, maxPerAddress, maxWaiting }: ConnectionLimits,
): void {
  // Behind one address of theirs is everybody.
  const isProxy = createNetworkTest([...config.trustedProxies, ...config.cdnNetworks])
  const open = new Map<string, number>()
  const warn = createWarning((closed) => logger.warn({ closed }, 'too many connections'))
  server.server.maxConnections = maxConnections
  server.server.on('drop', warn)
  server.server.on('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket
    if (isProxy(remoteAddress)) return
    const key = addressKey(remoteAddress)
    const count = (open.get(key) ?? 0) + 1
    open.set(key, count)
    socket.once('close', () => leave(open, key))
    if (count <= maxPerAddress) return
    warn()
    socket.resetAndDestroy()
  })
  limitPipelining(server, maxWaiting)
}

function leave(open: Map<string, number>, key: string): void {
  const left = (open.get(key) ?? 0) - 1
  if (left > 0) open.set(key, left)
  else open.delete(key)
}

/** Node reads what is pipelined as it comes: thousands of requests at once from one packet. */
function limitPipelining(server: FastifyInstance, maxWaiting: number): void {
  const waiting = new WeakMap<Socket, number>()
  server.addHook('onRequest', async ({ raw: { socket } }, reply) => {
    const count = (waiting.get(socket) ?? 0) + 1
    waiting.set(socket, count)
    reply.raw.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 0) - 1))
    if (count > maxWaiting) socket.destroy()
    // What came with it in the same packet is still told of.
    if (socket.destroyed) reply.hijack()
  })
}

const warnEveryMs = 10_000

/** Counts, and tells the count at the first and then every ten seconds: a flood must not fill the log too. */
function createWarning(tell: (count: number) => void): () => void {
  let count = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return () => {
    count += 1
    if (performance.now() - toldAt < warnEveryMs) return
    toldAt = performance.now()
    tell(count)
    count = 0
  }
}
