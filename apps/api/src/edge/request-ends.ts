import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CountedRequest } from './counted-messages.ts'

// The caller went away before there was an answer.
const clientClosedRequest = 499

/** Tells of each request once, however it ends: answered, broken, or left by its caller. */
export function onRequestEnd(
  server: FastifyInstance,
  tell: (request: FastifyRequest, reply: FastifyReply | null) => void,
): void {
  const told = new WeakSet<FastifyRequest>()
  const tellOnce = (request: FastifyRequest, reply: FastifyReply | null) => {
    if (told.has(request)) return
    told.add(request)
    tell(request, reply)
  }
  server.addHook('onRequest', async (request, reply) => {
    reply.raw.once('close', () => tellOnce(request, reply))
  })
  // A response that waits behind others on its connection (pipelining) is not told that it has closed.
  server.addHook('onRequestAbort', async (request) => tellOnce(request, null))
}

/** What a request was answered in the end; 499 where its caller did not wait for it. */
export function statusAtEnd({ raw }: FastifyRequest, reply: FastifyReply | null): number {
  if (reply?.raw.writableFinished) return reply.statusCode
  const broken = raw instanceof CountedRequest ? raw.brokenStatus : null
  return broken ?? clientClosedRequest
}

export const isLeft = (status: number) => status === clientClosedRequest
