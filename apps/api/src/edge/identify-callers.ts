import type { FastifyInstance } from 'fastify'
import { identify } from '../context.ts'
import type { Services } from '../services.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It is asked on this route who calls: a blocked address may bring a credential. */
    readonly identifies?: boolean
  }
}

/** Asks who calls on every route of this scope that is declared from here on. */
export function identifyCallers(server: FastifyInstance, services: Services): void {
  server.addHook('onRoute', (route) => {
    route.config = { ...route.config, identifies: true }
  })
  server.addHook('preHandler', (request) => identify(request, services))
}
