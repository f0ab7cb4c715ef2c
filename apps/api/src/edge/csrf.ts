import { AppError } from '@repo/errors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Services } from '../services.ts'

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses unsafe requests that another site's page made a browser send: by Sec-Fetch-Site where the
 * browser says it, else by Origin; with neither it is no browser. A bearer token is never sent by itself.
 */
export function csrf(server: FastifyInstance, { config }: Services): void {
  const own = new URL(config.baseUrl).origin
  const friends = new Set(config.corsOrigins)
  const ofApi = { friends, known: new Set([own, ...friends]) }
  // Forms of pages are sent by those pages alone.
  const ofPages = { friends: new Set<string>(), known: new Set([own]) }
  server.addHook('onRequest', async (request) => {
    if (safeMethods.has(request.method) || request.headers.authorization !== undefined) return
    const { readsNoCookie, page } = request.routeOptions.config ?? {}
    if (readsNoCookie) return
    if (!isOurs(request, page ? ofPages : ofApi)) throw new AppError('cross_site_request')
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a browser adds by itself changes nothing here: programs of other sites may ask (CORS). */
    readonly readsNoCookie?: boolean
  }
}

interface Origins {
  readonly friends: ReadonlySet<string>
  /** The friends, and ourselves. */
  readonly known: ReadonlySet<string>
}

function isOurs({ headers }: FastifyRequest, { friends, known }: Origins): boolean {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (site === 'same-origin' || site === 'none') return true
  if (site !== undefined) return origin !== undefined && friends.has(origin)
  return origin === undefined || known.has(origin)
}
