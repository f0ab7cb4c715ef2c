import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { isHttps } from './is-https.ts'

const oneYearSeconds = 31_536_000
export const strictTransport = `max-age=${oneYearSeconds}; includeSubDomains`

// An API's answer is never a page: nothing may be loaded from it, and nobody may frame it (G20, G22).
const apiPolicy = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] }

// What no page of ours asks a browser for.
const permissions = ['camera', 'display-capture', 'geolocation', 'microphone', 'payment', 'usb']
const noPermissions = permissions.map((name) => `${name}=()`).join(', ')

/**
 * Security headers on every answer (G19–G23), errors and unknown paths included. A route of a page brings its
 * own policy (edge/page.ts); one that may be kept by caches says so, unless it asks who calls.
 */
export async function securityHeaders(
  server: FastifyInstance,
  { config }: Pick<Services, 'config'>,
) {
  const servesHttps = config.baseUrl.startsWith('https:')
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: apiPolicy },
    // By the request, below: over plain HTTP it means nothing (RFC 6797, section 7.2).
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    originAgentCluster: true,
    xContentTypeOptions: true,
    xDnsPrefetchControl: { allow: false },
    xPermittedCrossDomainPolicies: { permittedPolicies: 'none' },
    // Turns off what old browsers did by themselves, and did harm with.
    xXssProtection: true,
    xDownloadOptions: false,
    crossOriginEmbedderPolicy: false,
  })
  server.addHook('onRequest', async (request, reply) => {
    const { cacheControl, identifies, page } = request.routeOptions.config ?? {}
    reply.header('cache-control', (!identifies && cacheControl) || 'no-store')
    if (servesHttps && isHttps(request)) reply.header('strict-transport-security', strictTransport)
    if (page) reply.header('permissions-policy', noPermissions)
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** In place of no-store, for what is the same for everybody. Failures and what knows its caller stay no-store. */
    readonly cacheControl?: string
  }
}
