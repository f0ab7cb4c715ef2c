import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'

export interface ServedRoute {
  readonly method: string
  /** Leads to the route: its parameters have values. */
  readonly path: string
}

const channel = 'fastify.initialization'

/** Notes every route of the servers that are made meanwhile; what answers 405 is none. */
export async function watchRoutes<T>(
  make: () => Promise<T>,
): Promise<{ readonly made: T; readonly routes: readonly ServedRoute[] }> {
  const routes: ServedRoute[] = []
  const listen = (message: unknown) => {
    // Parse boundary: what Fastify says on its channel.
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', (route) => void routes.push(...toServed(route)))
  }
  subscribe(channel, listen)
  try {
    return { made: await make(), routes }
  } finally {
    unsubscribe(channel, listen)
  }
}

function toServed({ method, url }: RouteOptions): readonly ServedRoute[] {
  const methods = [method].flat()
  if (methods.includes('TRACE')) return []
  const path = url
    .replaceAll(/:[a-zA-Z]+(\([^/]*\))?/g, '1')
    .replace(/^\/docs\/assets\/\*$/, '/docs/assets/swagger-ui.css')
    .replace('*', '1')
  return methods.map((one) => ({ method: one, path }))
}
