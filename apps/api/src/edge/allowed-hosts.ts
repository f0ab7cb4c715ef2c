import { AppError } from '@repo/errors'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** Refuses a request that was sent to another name than ours (421): DNS rebinding, a poisoned Host. */
export function allowedHosts(server: FastifyInstance, { config }: Services): void {
  const names = new Set(config.allowedHosts.map((host) => new URL(`http://${host}`).hostname))
  server.addHook('onRequest', async (request) => {
    // An orchestrator's probe asks by address.
    if (request.routeOptions.config?.probe) return
    // Node keeps the first of several (RFC 9112, section 3.2, wants them refused).
    const { host = [] } = request.raw.headersDistinct
    if (host.length > 1) throw new AppError('bad_request')
    if (!names.has(request.hostname.toLowerCase())) throw new AppError('misdirected_request')
  })
}
