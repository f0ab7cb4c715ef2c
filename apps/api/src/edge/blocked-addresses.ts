import { addressKey } from '@repo/rate-limit'
import type { FastifyInstance } from 'fastify'
import { requireUnblocked } from '../blocked-address.ts'
import type { Services } from '../services.ts'

/**
 * Refuses a blocked address (G31) before any work is done. Who brings a credential to where it is asked who calls
 * is asked first: whoever it is good for goes on, but not to where people log in.
 */
export function blockedAddresses(
  server: FastifyInstance,
  { blocks, sessions, clock }: Services,
): void {
  server.decorateRequest('blockedUntil', null)
  server.addHook('onRequest', async (request) => {
    if (request.routeOptions.config?.probe) return
    request.blockedUntil = blocks.blockedUntil(addressKey(request.clientAddress))
    const { authorization } = request.headers
    const bringsCredential =
      authorization !== undefined || request.cookies[sessions.cookieName] !== undefined
    const isAskedFor = bringsCredential && request.routeOptions.config?.identifies === true
    if (!isAskedFor) requireUnblocked(request, clock())
  })
}
