import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import type { EndedRequest } from './request-ends.ts'

type Measured = Pick<Services, 'metrics'>

/** What requests and calls may be counted under: the templates of routes to come, and the names of procedures. */
export function nameMetrics(
  server: FastifyInstance,
  { metrics: { routes, procedures } }: Measured,
  routers: readonly AnyTRPCRouter[],
): void {
  for (const { _def } of routers) {
    for (const path of Object.keys(_def.procedures)) procedures.add(path)
  }
  server.addHook('onRoute', ({ url }) => void routes.add(url))
}

/** Counts and times every request by the template of its route, but those of orchestrators. */
export function measureRequests({ metrics }: Measured) {
  return ({ request, reply, status }: EndedRequest): void => {
    const { url, config } = request.routeOptions
    if (config?.probe) return
    metrics.requestEnded({
      // Every address by every method would be thousands of series, for anybody to make.
      route: config?.refusesMethod ? null : (url ?? null),
      method: request.method,
      status,
      seconds: reply ? reply.elapsedTime / 1_000 : null,
    })
  }
}
