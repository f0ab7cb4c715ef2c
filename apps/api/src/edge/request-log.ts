import type { Credential } from '@repo/auth'
import { logSecurityEvent, type RequestFields } from '@repo/logging'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { securityEventOf } from '../security-events/security-event-of.ts'
import type { Services } from '../services.ts'
import type { BrokenRequest } from './broken-requests.ts'
import { canonicalAddress } from './client-address.ts'
import { sizesOf } from './counted-messages.ts'
import { type EndedRequest, isLeft } from './request-ends.ts'

/** Names each request, to its caller too. */
export function requestNames(server: FastifyInstance): void {
  server.decorateRequest('program', null)
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
}

/** One line for each request and its response (G24): when, who, from where, what, and how it ended. */
export function logRequests({ logger }: Services) {
  return ({ request, reply, status }: EndedRequest): void => {
    const fields = { ...fieldsOf(request, reply), status }
    if (isLeft(status)) logger.warn(fields, 'request aborted')
    else logger.info(fields, 'request')
  }
}

/** The line, and the event, of what was no request: no hook sees it. */
export function logBrokenRequest(
  { requestId, problem, reason: broken, bytesOut }: BrokenRequest,
  address: string,
  logger: Services['logger'],
): void {
  const nobody = { userId: null, organizationId: null, traceId: null, method: null, route: null }
  const sizes = { durationMs: null, bytesIn: 0, bytesOut }
  const fields = { requestId, address, ...nobody, status: problem.status, ...sizes, broken }
  logger.info(fields satisfies RequestFields, 'request')
  const name = securityEventOf({ action: null, outcome: 'denied', code: problem.code })
  if (name !== null) logSecurityEvent(logger, name, { requestId, address, reason: problem.code })
}

function fieldsOf(
  request: FastifyRequest,
  reply: FastifyReply | null,
): Omit<RequestFields, 'status'> {
  const { call, identity, program, raw } = request
  return {
    requestId: request.id,
    traceId: request.traceId || null,
    method: request.method,
    // The template, never the URL with its values; an unknown path is the caller's text.
    route: request.routeOptions.url ?? null,
    ...(call && call.procedures.length > 0 ? { procedures: call.procedures } : {}),
    durationMs: reply ? Math.round(reply.elapsedTime * 10) / 10 : null,
    // Of a connection that was cut before any hook (limit-pipelining.ts) nobody has read who it is of.
    address: request.clientAddress || canonicalAddress(raw.socket.remoteAddress ?? '') || 'unknown',
    userId: identity?.userId ?? program?.userId ?? null,
    ...(program?.clientId && { clientId: program.clientId }),
    ...(identity && programOf(identity.credential)),
    organizationId: call?.organizationId ?? program?.organizationId ?? null,
    ...sizesOf(raw, reply?.raw),
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom the OAuth server answered, and for whom. */
    program: {
      readonly clientId: string | null
      readonly userId: string | null
      readonly organizationId: string | null
    } | null
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
