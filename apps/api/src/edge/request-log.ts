import type { Credential } from '@repo/auth'
import type { RequestFields } from '@repo/logging'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.ts'

/** One line for each request and its response (G24): when, who, from where, what, and how it ended. */
export function requestLog(server: FastifyInstance, { logger }: Services): void {
  server.decorateRequest('program', null)
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  server.addHook('onResponse', async (request, reply) => {
    logger.info({ ...fieldsOf(request, reply), status: reply.statusCode }, 'request')
  })
  server.addHook('onRequestAbort', async (request) => {
    logger.warn({ ...fieldsOf(request), status: 499 }, 'request aborted')
  })
}

function fieldsOf(request: FastifyRequest, reply?: FastifyReply): Omit<RequestFields, 'status'> {
  const { call, identity, program } = request
  return {
    requestId: request.id,
    method: request.method,
    // The template, never the URL with its values; an unknown path is the caller's text.
    route: request.routeOptions.url ?? null,
    ...(call && call.procedures.length > 0 ? { procedures: call.procedures } : {}),
    durationMs: reply ? Math.round(reply.elapsedTime * 10) / 10 : null,
    address: request.clientAddress,
    userId: identity?.userId ?? program?.userId ?? null,
    ...(program?.clientId && { clientId: program.clientId }),
    ...(identity && programOf(identity.credential)),
    organizationId: call?.organizationId ?? null,
    bytesIn: Number(request.headers['content-length'] ?? 0),
    bytesOut: Number(reply?.getHeader('content-length') ?? 0),
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom the OAuth server answered, and for whom. */
    program: { readonly clientId: string | null; readonly userId: string | null } | null
  }
}

/** By which program a person acts, where it is not a browser; and who acts as them. */
function programOf(
  credential: Credential,
): Pick<RequestFields, 'keyId' | 'clientId' | 'impersonatorId'> {
  if (credential.kind === 'session') {
    return credential.impersonatorId ? { impersonatorId: credential.impersonatorId } : {}
  }
  if (credential.kind === 'apiKey') return { keyId: credential.keyId }
  return { clientId: credential.clientId }
}
