import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Closes a connection on which more than `maxWaiting` requests wait for their answers: Node reads what is
 * pipelined as it comes, thousands of requests at once from one packet.
 */
export function limitPipelining(server: FastifyInstance, maxWaiting: number): void {
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
