import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

const oneYearSeconds = 31_536_000

// An API's answer is never a page: nothing may be loaded from it, and nobody may frame it (G20, G22).
const apiPolicy = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] }

/** What a page of ours may load: its own files, and nothing inline but styles' attributes. */
export const pagePolicy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
}

/** Security headers on every answer (G19–G23), errors and unknown paths included; no-store by default. */
export async function securityHeaders(server: FastifyInstance, { config }: Services) {
  const https = config.baseUrl.startsWith('https:')
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: apiPolicy },
    strictTransportSecurity: https ? { maxAge: oneYearSeconds, includeSubDomains: true } : false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
  })
  server.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
}
