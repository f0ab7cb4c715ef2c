import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

export interface AnswerLimits {
  readonly readWithinMs: number
  readonly minBytesPerSecond: number
}

/**
 * Resets the connection of a client that takes too long to read its answer, which waits in memory (slow read):
 * no timeout of Node's counts that, as long as a byte moves now and then.
 */
export function slowReaders(server: FastifyInstance, limits: AnswerLimits): void {
  server.addHook('onSend', async ({ raw: { socket } }, reply, payload) => {
    const timer =
      typeof payload === 'string' || payload instanceof Uint8Array
        ? resetAfter(socket, Buffer.byteLength(payload), limits)
        : resetUnlessMoving(socket, limits)
    timer.unref()
    reply.raw.once('close', () => clearTimeout(timer))
  })
}

function resetAfter(socket: Socket, bytes: number, limits: AnswerLimits): NodeJS.Timeout {
  const withinMs = limits.readWithinMs + (bytes / limits.minBytesPerSecond) * 1_000
  return setTimeout(() => socket.resetAndDestroy(), withinMs)
}

/** How large a stream is nobody knows: it has to be as fast in each stretch of time. */
function resetUnlessMoving(
  socket: Socket,
  { readWithinMs, minBytesPerSecond }: AnswerLimits,
): NodeJS.Timeout {
  const wanted = (readWithinMs / 1_000) * minBytesPerSecond
  let taken = bytesTaken(socket)
  return setInterval(() => {
    if (bytesTaken(socket) - taken < wanted) socket.resetAndDestroy()
    taken = bytesTaken(socket)
  }, readWithinMs)
}

const bytesTaken = (socket: Socket) => socket.bytesWritten - socket.writableLength
