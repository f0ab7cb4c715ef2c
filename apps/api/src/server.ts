import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance } from 'fastify'
import type { OpenApiRouter } from 'trpc-to-openapi'
import { accountPages } from './edge/account-pages.ts'
import { adminPages } from './edge/admin-pages.ts'
import { allowedHosts } from './edge/allowed-hosts.ts'
import { auditExport } from './edge/audit-export.ts'
import { backPressure } from './edge/back-pressure.ts'
import { blockedAddresses } from './edge/blocked-addresses.ts'
import { clientAddress } from './edge/client-address.ts'
import { cors } from './edge/cors.ts'
import { requestIdOf } from './edge/counted-messages.ts'
import { csrf } from './edge/csrf.ts'
import { docsPage } from './edge/docs-page.ts'
import { drain } from './edge/drain.ts'
import { errorReplies } from './edge/error-replies.ts'
import { expectations } from './edge/expectations.ts'
import { files } from './edge/files.ts'
import { health } from './edge/health.ts'
import { httpsOnly } from './edge/https-only.ts'
import { leakedKeys } from './edge/leaked-keys.ts'
import { limitAddress } from './edge/limit-address.ts'
import { limitPipelining } from './edge/limit-pipelining.ts'
import { createListeners } from './edge/listeners.ts'
import { measureRequests, nameMetrics } from './edge/measure-requests.ts'
import { externalLogin } from './edge/oauth/external-login.ts'
import { oauthProtocol } from './edge/oauth/protocol.ts'
import { signIn } from './edge/oauth/sign-in.ts'
import { signedIn } from './edge/oauth/signed-in.ts'
import { originLock } from './edge/origin-lock.ts'
import { watchMethods } from './edge/other-methods.ts'
import { outboxPage } from './edge/outbox-page.ts'
import { rewriteUnreadableUrl } from './edge/readable-url.ts'
import { requestEnds } from './edge/request-ends.ts'
import {
  answerLimits,
  loopLimits,
  maxWaitingRequests,
  requestLimits,
} from './edge/request-limits.ts'
import { logRequests, requestNames } from './edge/request-log.ts'
import { rest } from './edge/rest.ts'
import { securityHeaders } from './edge/security-headers.ts'
import { securityTxt } from './edge/security-txt.ts'
import { slowReaders } from './edge/slow-readers.ts'
import { endTrace, traceRequests } from './edge/trace-requests.ts'
import { trpc } from './edge/trpc.ts'
import { unreadBodies } from './edge/unread-bodies.ts'
import { watchResponses } from './edge/watch-responses.ts'
import { checkRouter } from './procedures/check-router.ts'
import { sensitiveNames } from './procedures/sensitive-names.ts'
import { appRouter } from './routers/app-router.ts'
import { externalLoginSteps } from './routers/external-login.ts'
import type { Services } from './services.ts'

// Nobody has more of them in a row; a header can name a thousand.
const maxProxies = 8

/** The way of a request, top to bottom. Refuses to be built over a router with an unguarded procedure. */
export async function createServer(
  services: Services,
  router: OpenApiRouter = appRouter,
): Promise<FastifyInstance> {
  const routers = [router, externalLoginSteps]
  routers.forEach(checkRouter)
  for (const each of routers) services.logger.hide(sensitiveNames(each))
  const { config, proxies } = services
  const hasProxies = config.trustedProxies.length + config.cdnNetworks.length > 0
  const listeners = createListeners(services)
  const server = Fastify({
    ...requestLimits,
    logger: false,
    genReqId: requestIdOf,
    rewriteUrl: rewriteUnreadableUrl,
    trustProxy: hasProxies && ((address, hop) => hop < maxProxies && proxies.isEither(address)),
    serverFactory: listeners.create,
    // Each listener answers what is no request by itself; Fastify would do it on one of them.
    clientErrorHandler: () => {},
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  })
  listeners.attach(server)
  server.decorateRequest('identity', null)
  server.decorateRequest('halfSignedIn', null)
  server.decorateRequest('sessionToken', null)
  server.decorateRequest('call', null)
  const refuseOtherMethods = watchMethods(server)
  limitPipelining(server, maxWaitingRequests)
  drain(server, services)
  unreadBodies(server)
  clientAddress(server, services)
  requestNames(server)
  traceRequests(server, services)
  nameMetrics(server, services, routers)
  requestEnds(server, [
    logRequests(services),
    measureRequests(services),
    watchResponses(services),
    endTrace,
  ])
  errorReplies(server, services)
  slowReaders(server, answerLimits)
  await securityHeaders(server, services)
  originLock(server, services)
  await server.register(cookie)
  cors(server, services)
  backPressure(server, services, loopLimits[config.nodeEnv])
  health(server, services)
  allowedHosts(server, services)
  blockedAddresses(server, services)
  limitAddress(server, services)
  expectations(server)
  leakedKeys(server, services)
  httpsOnly(server, services)
  csrf(server, services)
  await server.register(trpc, { services, router })
  await server.register(rest, { services, router })
  await server.register(files, { services, router })
  await server.register(auditExport, { services, router })
  await server.register((scope) => oauthProtocol(scope, services))
  await server.register(signIn, { services, router })
  await server.register(externalLogin, { services, steps: externalLoginSteps })
  await server.register(signedIn, { services, router })
  await server.register(adminPages, { services, router })
  await server.register(docsPage, { services, router })
  await accountPages(server)
  outboxPage(server, services)
  securityTxt(server, services)
  refuseOtherMethods()
  return server
}
