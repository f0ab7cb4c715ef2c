import type { CallerSpan, RequestTrace } from '@repo/telemetry'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Services } from '../services.ts'
import type { EndedRequest } from './request-ends.ts'
import { generateTraceId, parseTraceparent } from './trace-id.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The W3C trace that the request belongs to, recorded or not. */
    traceId: string
    /** Null where nothing is traced. */
    trace: RequestTrace | null
  }
}

/** Names the trace of each request, and serves it as part of that where traces are made. */
export function traceRequests(
  server: FastifyInstance,
  { proxies, tracing }: Pick<Services, 'proxies' | 'tracing'>,
): void {
  server.decorateRequest('traceId', '')
  server.decorateRequest('trace', null)
  server.addHook('onRequest', (request, _reply, done) => {
    const caller = callerOf(request, proxies.isEither)
    const started = tracing?.startRequest(request.method, caller) ?? null
    request.trace = started
    request.traceId = started?.traceId ?? caller?.traceId ?? generateTraceId()
    if (started) started.run(done)
    else done()
  })
  if (tracing === null) return
  // What reads a body goes on from its connection: the trace is lost on the way.
  server.addHook('preValidation', (request, _reply, done) => {
    if (request.trace) request.trace.run(done)
    else done()
  })
}

export function endTrace({ request, status }: EndedRequest): void {
  request.trace?.end({
    method: request.method,
    route: request.routeOptions.url ?? null,
    status,
  })
}

/** A trace is taken from whom we trust: anyone else could write into other people's traces. */
function callerOf(
  { headers, socket }: FastifyRequest,
  isTrusted: (address: string) => boolean,
): CallerSpan | null {
  const { traceparent } = headers
  if (typeof traceparent !== 'string' || !isTrusted(socket.remoteAddress ?? '')) return null
  return parseTraceparent(traceparent)
}
