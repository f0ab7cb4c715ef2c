import type { FastifyInstance } from 'fastify'

// Enough for a body of the usual size that was on its way when its request was answered.
const lingerMs = 1_000

/**
 * Ends the connection of a client that goes on sending the body of a request that is answered already: Node would
 * read and drop it for as long as a request may take (slow body, faults 12).
 */
export function unreadBodies(server: FastifyInstance): void {
  server.addHook('onResponse', async ({ raw }) => {
    if (raw.complete) return
    const end = () => {
      if (!raw.complete) raw.socket.destroy()
    }
    setTimeout(end, lingerMs).unref()
  })
}
