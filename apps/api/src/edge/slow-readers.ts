import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyReply } from 'fastify'

export interface AnswerLimits {
  readonly readWithinMs: number
  readonly minBytesPerSecond: number
  /** Of an answer whose size nobody knows before its end: how much of it has to be read each time. */
  readonly streamBytes: number
}

/**
 * Resets the connection of a client that takes too long to read its answer, which waits in memory (slow read):
 * no timeout of Node's counts that, as long as a byte moves now and then.
 */
export function slowReaders(server: FastifyInstance, limits: AnswerLimits): void {
  server.addHook('onSend', async ({ raw: { socket } }, reply, payload) => {
    const bytes = bytesOf(payload, reply)
    const withinMs =
      limits.readWithinMs + ((bytes ?? limits.streamBytes) / limits.minBytesPerSecond) * 1_000
    const isBehind = bytes === null ? watchReader(socket, limits.streamBytes) : () => true
    const timer = setInterval(() => isBehind() && reset(socket), withinMs)
    timer.unref()
    reply.raw.once('close', () => clearInterval(timer))
  })
}

/** Whether something waits for the reader, who has read too little since this was last asked. */
function watchReader(socket: Socket, minBytes: number): () => boolean {
  let seen = readBytes(socket)
  return () => {
    const before = seen
    seen = readBytes(socket)
    return socket.writableLength > 0 && seen - before < minBytes
  }
}

/** What the system has taken of what was written: it takes no more than the reader makes room for. */
const readBytes = ({ bytesWritten, writableLength }: Socket): number =>
  bytesWritten - writableLength

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
