import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyReply } from 'fastify'

export interface AnswerLimits {
  readonly readWithinMs: number
  readonly minBytesPerSecond: number
  /** What an answer counts as whose size nobody knows before its end. */
  readonly streamBytes: number
}

/**
 * Resets the connection of a client that takes too long to read its answer, which waits in memory (slow read):
 * no timeout of Node's counts that, as long as a byte moves now and then.
 */
export function slowReaders(server: FastifyInstance, limits: AnswerLimits): void {
  server.addHook('onSend', async ({ raw: { socket } }, reply, payload) => {
    const bytes = bytesOf(payload, reply) ?? limits.streamBytes
    const withinMs = limits.readWithinMs + (bytes / limits.minBytesPerSecond) * 1_000
    const timer = setTimeout(() => reset(socket), withinMs)
    timer.unref()
    reply.raw.once('close', () => clearTimeout(timer))
  })
}

/** Without what still waits in the system's buffers, too; TLS lets no connection be reset. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

function bytesOf(payload: unknown, reply: FastifyReply): number | null {
  if (payload === null || payload === undefined) return 0
  if (typeof payload === 'string' || payload instanceof Uint8Array) {
    return Buffer.byteLength(payload)
  }
  const length = reply.getHeader('content-length')
  return length === undefined ? null : Number(length)
}
