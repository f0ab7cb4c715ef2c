import { AppError } from '@repo/errors'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { isHttps } from './is-https.ts'

const permanentRedirect = 308

/**
 * Plain HTTP (G18): a page that is read there leads to the same one over HTTPS; all else is refused, since a
 * program that was redirected would go on sending its credentials in the clear. Probes may ask, and in
 * development this machine.
 */
export function httpsOnly(server: FastifyInstance, { config }: Services): void {
  if (config.baseUrl.startsWith('http:')) return
  server.addHook('onRequest', async (request, reply) => {
    const { probe, page } = request.routeOptions.config ?? {}
    if (probe || isHttps(request)) return
    const isReading = request.method === 'GET' || request.method === 'HEAD'
    if (!page || !isReading) throw new AppError('https_required')
    // A path of ours begins with one slash, so that this names no other host.
    return reply.redirect(config.baseUrl + request.originalUrl, permanentRedirect)
  })
}
