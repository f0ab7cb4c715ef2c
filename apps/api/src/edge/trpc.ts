import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '@repo/errors'
import type { AnyTRPCRouter, TRPCError } from '@trpc/server'
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createContext } from '../context.ts'
import { toAppError } from '../procedures/translate-errors.ts'
import type { ProcedureMeta } from '../procedures/trpc.ts'
import type { Services } from '../services.ts'
import { ifMatch } from './entity-tags.ts'
import { challenge } from './error-replies.ts'
import { idempotency } from './idempotency.ts'
import { identifyCallers } from './identify-callers.ts'
import { logRefusal } from './log-refusal.ts'
import { findRepeatedNameIn, refuseRepeatedQuery } from './repeated-names.ts'

const maxBatchSize = 10

/** tRPC at /trpc: JSON alone, so that no form of another site can call a procedure; ten calls a batch. */
export async function trpc(
  server: FastifyInstance,
  { services, router }: { readonly services: Services; readonly router: AnyTRPCRouter },
): Promise<void> {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(findRepeatedNameIn(String(body)), body)
  })
  identifyCallers(server, services)
  ifMatch(server)
  idempotency(server, { services, holdsSecret: (request) => isBatchOrSecret(request, router) })
  server.route<{ Params: { path: string } }>({
    method: ['GET', 'POST'],
    url: '/trpc/:path',
    // tRPC answers HEAD with a body of null, which Fastify cannot send.
    exposeHeadRoute: false,
    config: { speaksTrpc: true },
    handler: (request, reply) => {
      if (request.params.path.split(',').length > maxBatchSize) throw new AppError('bad_request')
      refuseRepeatedQuery(request.url)
      if (asksForStream(request.headers)) throw new AppError('not_acceptable')
      return fastifyRequestHandler({
        router,
        req: request,
        res: reply,
        path: request.params.path,
        maxBatchSize,
        // What failed in a procedure is told there; this is a request that is no call, or a call that reached none.
        onError: ({ error, path }) => {
          if (path === undefined) logRefusal(request, toAppError(error).code, services)
          else if (!request.call?.procedures.includes(path)) request.call?.missed.push(path)
        },
        createContext: () => createContext(request, reply, services),
        responseMeta: ({ errors }) => ({
          headers: {
            ...retryHeader(errors),
            ...allowHeader(errors, request.method),
            ...challengeHeader(errors),
          },
        }),
      })
    },
  })
}

/** One key cannot speak for a batch of calls. */
function isBatchOrSecret({ params }: FastifyRequest, router: AnyTRPCRouter): boolean {
  const path = String(Reflect.get(Object(params), 'path'))
  const procedures: Readonly<Record<string, { _def: { meta?: ProcedureMeta } }>> =
    router._def.procedures
  const procedure = Object.hasOwn(procedures, path) ? procedures[path] : undefined
  return path.includes(',') || procedure?._def.meta?.holdsSecret === true
}

/** A stream has sent its status and headers (cookies, Retry-After) before any call is made. */
function asksForStream(headers: IncomingHttpHeaders): boolean {
  const accepted = `${headers['trpc-accept'] ?? ''},${headers.accept ?? ''}`
  return /application\/jsonl|text\/event-stream/i.test(accepted)
}

type Errors = readonly Pick<TRPCError, 'code' | 'cause'>[]
type Headers = Readonly<Record<string, string>>

function retryHeader(errors: Errors): Headers {
  const waits = errors.map(({ cause }) =>
    cause instanceof AppError ? (cause.retryAfterSeconds ?? 0) : 0,
  )
  const longest = Math.max(0, ...waits)
  return longest > 0 ? { 'retry-after': String(longest) } : {}
}

/** Queries answer to GET and mutations to POST alone. */
function allowHeader(errors: Errors, method: string): Headers {
  const isOther = errors.some(({ code }) => code === 'METHOD_NOT_SUPPORTED')
  return isOther ? { allow: method === 'POST' ? 'GET' : 'POST' } : {}
}

/** What error-replies gives every other 401: it cannot see the status of tRPC's own response. */
function challengeHeader(errors: Errors): Headers {
  return errors.some(({ code }) => code === 'UNAUTHORIZED') ? { 'www-authenticate': challenge } : {}
}
