import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.ts'
import { callProcedure } from './call-procedure.ts'
import { entityTagOf, ifMatch } from './entity-tags.ts'
import { idempotency } from './idempotency.ts'
import { identifyCallers } from './identify-callers.ts'
import { findRepeatedName } from './repeated-names.ts'
import { readRestInput } from './rest-input.ts'
import { listRestRoutes, type RestProcedure } from './rest-routes.ts'

interface RestOptions {
  readonly services: Services
  readonly router: AnyTRPCRouter
}

/** The tRPC procedures as REST under /api, one route each; what transfers anything else is in files.ts and audit-export.ts. */
export async function rest(server: FastifyInstance, options: RestOptions): Promise<void> {
  // JSON alone: Fastify would take text/plain too.
  server.removeContentTypeParser('text/plain')
  keepJsonText(server)
  identifyCallers(server, options.services)
  ifMatch(server)
  idempotency(server, {
    services: options.services,
    holdsSecret: ({ routeOptions }) => routeOptions.config.holdsSecret === true,
  })
  for (const procedure of listRestRoutes(options.router)) {
    if (procedure.transfer !== null) continue
    server.route({
      method: procedure.rest.method,
      url: procedure.url,
      config: { holdsSecret: procedure.holdsSecret, hasTag: procedure.hasTag },
      handler: (request, reply) => serve(procedure, request, reply, options),
    })
  }
}

/** Parses JSON as Fastify does, and keeps the text of it for who must compare it. */
function keepJsonText(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error')
  server.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, text, done) => {
      request.jsonText = text
      return parse(request, text, (error, value) =>
        done(error ?? findRepeatedName(text, value), value),
      )
    },
  )
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer holds a secret or a cookie: it is never kept for an Idempotency-Key. */
    readonly holdsSecret?: boolean
    /** One object of the answer has a tag (ETag). */
    readonly hasTag?: boolean
  }
}

async function serve(
  procedure: RestProcedure,
  request: FastifyRequest,
  reply: FastifyReply,
  options: RestOptions,
) {
  const { rest, input } = procedure
  const call = { ...procedure, readInput: () => readRestInput(input, request) }
  const result = await callProcedure(call, { request, reply, ...options })
  reply.code(rest.status)
  const tag = procedure.hasTag ? entityTagOf(result) : null
  if (tag !== null) reply.header('etag', tag)
  return rest.status === 204 ? reply.send() : result
}
