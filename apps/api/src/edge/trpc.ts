import { AppError } from '@repo/errors'
import type { AnyTRPCRouter } from '@trpc/server'
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import type { FastifyInstance } from 'fastify'
import { createContext, identify } from '../context.ts'
import type { Services } from '../services.ts'

const maxBatchSize = 10

/** tRPC at /trpc: JSON alone, so that no form of another site can call a procedure; ten calls a batch. */
export async function trpc(
  server: FastifyInstance,
  { services, router }: { readonly services: Services; readonly router: AnyTRPCRouter },
): Promise<void> {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body)
  })
  server.addHook('preHandler', (request) => identify(request, services))
  server.route<{ Params: { path: string } }>({
    method: ['GET', 'POST'],
    url: '/trpc/:path',
    config: { speaksTrpc: true },
    handler: (request, reply) => {
      if (request.params.path.split(',').length > maxBatchSize) throw new AppError('bad_request')
      return fastifyRequestHandler({
        router,
        req: request,
        res: reply,
        path: request.params.path,
        maxBatchSize,
        createContext: () => createContext(request, reply, services),
        responseMeta: ({ errors }) => retryHeader(errors.map((error) => error.cause)),
      })
    },
  })
}

function retryHeader(causes: readonly unknown[]): { headers?: Record<string, string> } {
  const waits = causes.map((cause) =>
    cause instanceof AppError ? (cause.retryAfterSeconds ?? 0) : 0,
  )
  const longest = Math.max(0, ...waits)
  return longest > 0 ? { headers: { 'retry-after': String(longest) } } : {}
}
