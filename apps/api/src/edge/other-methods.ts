import { METHODS } from 'node:http'
import { AppError } from '@repo/errors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The address has other methods than this one. */
    readonly refusesMethod?: boolean
  }
}

/**
 * Notes which methods each address answers to; the returned function, called after the last route,
 * refuses all others by 405 with Allow (RFC 9110, section 15.5.6), where Fastify would say 404.
 */
export function watchMethods(server: FastifyInstance): () => void {
  const known = new Map<string, string[]>()
  server.addHook('onRoute', ({ url, method }) => {
    known.set(url, [...(known.get(url) ?? []), method].flat())
  })
  return () => {
    for (const method of METHODS.filter((name) => !server.supportedMethods.includes(name))) {
      server.addHttpMethod(method)
    }
    for (const [url, methods] of [...known]) refuseOtherMethods(server, url, [...new Set(methods)])
  }
}

function refuseOtherMethods(
  server: FastifyInstance,
  url: string,
  allowed: readonly string[],
): void {
  const method = server.supportedMethods.filter((name) => !allowed.includes(name))
  const refuse = async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header('allow', allowed.join(', '))
    throw new AppError('method_not_allowed')
  }
  // Before the body, which may be of a kind that nobody reads here.
  server.route({
    method,
    url,
    config: { refusesMethod: true },
    onRequest: refuse,
    handler: refuse,
  })
}
