import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CountedRequest } from './counted-messages.ts'

// The caller went away before there was an answer.
const clientClosedRequest = 499

/** A request that is over. */
export interface EndedRequest {
  readonly request: FastifyRequest
  /** Null where its caller left before there was one. */
  readonly reply: FastifyReply | null
  /** What it was answered in the end; 499 where its caller did not wait for it. */
  readonly status: number
}

/** Tells of each request once, to each listener in turn, however it ends: answered, broken, or left by its caller. */
export function requestEnds(
  server: FastifyInstance,
  listeners: readonly ((ended: EndedRequest) => void)[],
): void {
  const told = new WeakSet<FastifyRequest>()
  const tellOnce = (request: FastifyRequest, reply: FastifyReply | null) => {
    if (told.has(request)) return
    told.add(request)
    const ended = { request, reply, status: statusAtEnd(request, reply) }
    for (const listen of listeners) listen(ended)
  }
  server.addHook('onRequest', async (request, reply) => {
    reply.raw.once('close', () => tellOnce(request, reply))
  })
  // A response that waits behind others on its connection (pipelining) is not told that it has closed.
  server.addHook('onRequestAbort', async (request) => tellOnce(request, null))
}

function statusAtEnd({ raw }: FastifyRequest, reply: FastifyReply | null): number {
  if (reply?.raw.writableFinished) return reply.statusCode
  const broken = raw instanceof CountedRequest ? raw.brokenStatus : null
  return broken ?? clientClosedRequest
}

export const isLeft = (status: number) => status === clientClosedRequest
