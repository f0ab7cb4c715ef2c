import type { Server, Socket } from 'node:net'
import { addressKey } from '@repo/rate-limit'
import type { Services } from '../services.ts'

export interface ConnectionLimits {
  readonly maxConnections: number
  readonly maxPerAddress: number
}

/**
 * Closes connections that are too many, of all listeners or of one address, before anything is read from them.
 * Whoever comes when others have left is served again at once. What it gives back watches one listener.
 */
export function limitConnections(
  { logger, proxies }: Pick<Services, 'logger' | 'proxies'>,
  { maxConnections, maxPerAddress }: ConnectionLimits,
): (listener: Server) => void {
  const open = new Map<string, number>()
  const warn = createWarning((closed) => logger.warn({ closed }, 'too many connections'))
  const enter = (key: string, socket: Socket) => {
    const count = (open.get(key) ?? 0) + 1
    open.set(key, count)
    socket.once('close', () => leave(open, key))
    return count
  }
  const admit = (socket: Socket) => {
    const { remoteAddress = '' } = socket
    const isTooMany = enter(everybody, socket) > maxConnections
    // Behind one address of a proxy is everybody.
    const isOfTooMany =
      !proxies.isEither(remoteAddress) && enter(addressKey(remoteAddress), socket) > maxPerAddress
    if (!isTooMany && !isOfTooMany) return
    warn()
    socket.resetAndDestroy()
  }
  return (listener) => {
    listener.on('connection', admit)
  }
}

const everybody = 'everybody'

function leave(open: Map<string, number>, key: string): void {
  const left = (open.get(key) ?? 0) - 1
  if (left > 0) open.set(key, left)
  else open.delete(key)
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
