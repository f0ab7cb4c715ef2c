import { isOneself, type OAuthEvent, oauthRoutes } from '@repo/auth'
import type { EventOf } from '@repo/detection'
import { AppError } from '@repo/errors'
import { logSecurityEvent } from '@repo/logging'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { blockableKey } from '../../blocked-address.ts'
import { identify } from '../../context.ts'
import { securityEventOf } from '../../security-events/security-event-of.ts'
import type { Services } from '../../services.ts'
import { securedPage } from './page-policy.ts'
import { userinfo } from './userinfo.ts'

// The provider reads bodies by itself, up to this size.
const maxBodyBytes = 56 * 1024

// What programs call; none of them reads a cookie, so no other site can make a browser do anything here.
const { token, revocation, introspection, pushed_authorization_request: pushed } = oauthRoutes
const programRoutes = [token, revocation, introspection, pushed]

const documents = [
  oauthRoutes.jwks,
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]

/** OAuth 2.0 and OpenID Connect (G01): the provider answers, behind the same edge as everything else. */
export async function oauthProtocol(server: FastifyInstance, services: Services): Promise<void> {
  server.removeAllContentTypeParsers()
  // The body is the provider's to read.
  server.addContentTypeParser('*', (_request, _body, done) => done(null))
  server.addHook('onRequest', async ({ headers }) => {
    if (Number(headers['content-length'] ?? 0) > maxBodyBytes) {
      throw new AppError('payload_too_large')
    }
  })
  const handler = (request: FastifyRequest, reply: FastifyReply) =>
    answer({ request, reply }, services)
  const isProgram = { config: { readsNoCookie: true, answersItsClients: true } }
  for (const url of programRoutes)
    server.route({ method: ['POST', 'OPTIONS'], url, handler, ...isProgram })
  for (const url of documents) {
    server.route({ method: ['GET', 'OPTIONS'], url, handler, exposeHeadRoute: false, ...isProgram })
  }
  for (const url of [
    oauthRoutes.authorization,
    `${oauthRoutes.authorization}/:interaction(^[\\w-]+$)`,
  ]) {
    server.route({
      method: 'GET',
      url,
      handler,
      exposeHeadRoute: false,
      preHandler: (request) => identify(request, services),
      ...securedPage({ identifies: true }),
    })
  }
  userinfo(server, services)
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function answer({ request, reply }: Exchange, services: Services): Promise<void> {
  const { identity } = request
  // The reply is the provider's from here on; what the edge has put on it goes along.
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  reply.hijack()
  await services.oauth.answer({
    request: request.raw,
    response: reply.raw,
    person: isOneself(identity) ? identity : null,
    report: (event) => record(event, request, services),
  })
}

const repeated: Partial<Record<OAuthEvent['action'], EventOf<'tokenReuse'>['what']>> = {
  'oauth.tokenReuse': 'refresh token',
  'oauth.codeReuse': 'authorization code',
}

/** The audit log's line, and that of the log: what broke, and the security event in it (G03). */
function record(event: OAuthEvent, request: FastifyRequest, services: Services): void {
  const { audit, clock, detection, logger } = services
  const { action, outcome, code, userId: actor, clientId: target, organizationId, fault } = event
  const where = { address: request.clientAddress, requestId: request.id }
  request.program = { clientId: target, userId: actor, organizationId }
  audit.record({ time: clock(), organizationId, actor, action, target, outcome, code, ...where })
  if (fault) logger.error({ err: fault, requestId: request.id }, 'the OAuth server failed')
  const name = securityEventOf({ action, outcome, code })
  if (name !== null) {
    const who = { userId: actor, clientId: target, organizationId }
    const what = { action, target, reason: code, traceId: request.traceId }
    logSecurityEvent(logger, name, { ...where, ...who, ...what })
  }
  const what = repeated[action]
  if (what === undefined) return
  const origin = { address: blockableKey(request.clientAddress, services), userId: actor }
  void detection.observe({ kind: 'tokenReuse', ...origin, what, clientId: target })
}
