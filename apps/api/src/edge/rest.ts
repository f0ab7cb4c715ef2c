import { AppError } from '@repo/errors'
import { type AnyTRPCRouter, callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createContext, identify } from '../context.ts'
import type { Services } from '../services.ts'
import { sendProblem } from './error-replies.ts'
import { readRestInput } from './rest-input.ts'
import { listRestRoutes, type RestProcedure } from './rest-routes.ts'

interface RestOptions {
  readonly services: Services
  readonly router: AnyTRPCRouter
}

/** The tRPC procedures as REST under /api: one route each, and 405 with Allow from the same table. */
export async function rest(server: FastifyInstance, options: RestOptions): Promise<void> {
  // JSON alone: Fastify would take text/plain too.
  server.removeContentTypeParser('text/plain')
  server.addHook('preHandler', (request) => identify(request, options.services))
  const routes = listRestRoutes(options.router)
  for (const procedure of routes) {
    server.route({
      method: procedure.rest.method,
      url: procedure.url,
      handler: (request, reply) => serve(procedure, request, reply, options),
    })
  }
  for (const [url, procedures] of Object.entries(Object.groupBy(routes, ({ url }) => url))) {
    refuseOtherMethods(server, url, procedures ?? [])
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
    getRawInput: async () => readRestInput(input, request),
    signal: undefined,
    batchIndex: 0,
  })
  reply.code(rest.status)
  return rest.status === 204 ? reply.send() : result
}

function refuseOtherMethods(
  server: FastifyInstance,
  url: string,
  procedures: readonly RestProcedure[],
): void {
  const used = procedures.map(({ rest }) => rest.method)
  // Fastify answers HEAD wherever there is a GET.
  const allowed = used.includes('GET') ? [...used, 'HEAD'] : [...used]
  const others = server.supportedMethods.filter((method) => !allowed.includes(method))
  server.route({
    method: others,
    url,
    handler: (_request, reply) => {
      reply.header('allow', allowed.join(', '))
      return sendProblem(reply, new AppError('method_not_allowed'))
    },
  })
}
