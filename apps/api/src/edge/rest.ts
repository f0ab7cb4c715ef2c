import { type AnyTRPCRouter, callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createContext, identify } from '../context.ts'
import type { Services } from '../services.ts'
import { readRestInput } from './rest-input.ts'
import { listRestRoutes, type RestProcedure } from './rest-routes.ts'

interface RestOptions {
  readonly services: Services
  readonly router: AnyTRPCRouter
}

/** The tRPC procedures as REST under /api, one route each. */
export async function rest(server: FastifyInstance, options: RestOptions): Promise<void> {
  // JSON alone: Fastify would take text/plain too.
  server.removeContentTypeParser('text/plain')
  server.addHook('preHandler', (request) => identify(request, options.services))
  for (const procedure of listRestRoutes(options.router)) {
    server.route({
      method: procedure.rest.method,
      url: procedure.url,
      handler: (request, reply) => serve(procedure, request, reply, options),
    })
  }
}

async function serve(
  { path, type, rest, input }: RestProcedure,
  request: FastifyRequest,
  reply: FastifyReply,
  { services, router }: RestOptions,
) {
  const result: unknown = await callTRPCProcedure({
    router,
    path,
    type,
    ctx: createContext(request, reply, services),
    getRawInput: readOnce(() => readRestInput(input, request)),
    signal: undefined,
    batchIndex: 0,
  })
  reply.code(rest.status)
  return rest.status === 204 ? reply.send() : result
}

/** The doors ask for the input several times; it is put together once. */
function readOnce<T>(read: () => T): () => Promise<T> {
  let reading: Promise<T> | undefined
  return () => {
    reading ??= Promise.resolve().then(read)
    return reading
  }
}
