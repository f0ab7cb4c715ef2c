import { proofAlgorithms } from '@repo/auth'
import { AppError, type ErrorCode, type ProblemDocument, toProblem } from '@repo/errors'
import { TRPCError } from '@trpc/server'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isFault, toAppError } from '../procedures/translate-errors.ts'
import type { Services } from '../services.ts'
import { logRefusal } from './log-refusal.ts'
import { isUnreadable } from './readable-url.ts'

// Fastify's own refusals; whatever else it throws by a 4xx is a bad request.
const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_HANDLER_TIMEOUT: 'unavailable',
  FST_ERR_NOT_FOUND: 'not_found',
}

/** How to authenticate, which every 401 says (RFC 9110, section 11.6.1). */
export const challenge = 'Bearer realm="api"'

// What was presented is no good: RFC 6750, section 3.1, and RFC 9449, section 7.1.
const refusedToken = 'error="invalid_token"'
const tokenChallenge = `${challenge}, ${refusedToken}, DPoP realm="api", algs="${proofAlgorithms.join(' ')}", ${refusedToken}`

/** Every failure as an RFC 9457 problem document that echoes nothing; causes go to the log alone. */
export function errorReplies(server: FastifyInstance, services: Services): void {
  const tell = logOf(services)
  server.decorateRequest('refusal', null)
  server.decorateRequest('tellFault', function tellFault(error) {
    tell(this, error)
  })
  server.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = fromFastify(thrown)
    // What failed or was refused in a procedure was logged there.
    if (!(thrown instanceof TRPCError)) tell(request, error)
    return sendProblem(reply, error)
  })
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, new AppError(isUnreadable(request) ? 'bad_request' : 'not_found')),
  )
  server.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode !== 401 || reply.hasHeader('www-authenticate')) return
    reply.header('www-authenticate', challenge)
  })
}

function logOf({ logger }: Services) {
  return (request: FastifyRequest, error: AppError) => {
    if (!isFault(error)) return logRefusal(request, error.code, { logger })
    logger.error({ err: error, requestId: request.id, traceId: request.traceId }, 'request failed')
  }
}

function sendProblem(reply: FastifyReply, error: AppError): FastifyReply {
  const problem = toProblem(error, reply.request.id)
  reply.request.refusal = error.code
  // Whatever the route says of its answers.
  reply.header('cache-control', 'no-store')
  if (error.retryAfterSeconds) reply.header('retry-after', error.retryAfterSeconds)
  if (error.code === 'invalid_token') reply.header('www-authenticate', tokenChallenge)
  reply.code(problem.status)
  // A tRPC client looks for `error`; for one call and for a batch alike.
  if (reply.request.routeOptions.config?.speaksTrpc) return reply.send(toTrpcBody(problem))
  return reply.type('application/problem+json').send(problem)
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem that it was answered with. */
    refusal: ErrorCode | null
    /** Logs what failed outside of a procedure, for whoever answers it by themselves. */
    tellFault(error: AppError): void
  }
  interface FastifyContextConfig {
    /** Refusals on this route have the form that tRPC clients read. */
    readonly speaksTrpc?: boolean
  }
}

// JSON-RPC 2.0's range for a server's own errors.
const serverError = -32_000

const toTrpcBody = (problem: ProblemDocument) => ({
  error: {
    message: problem.detail ?? problem.title,
    code: serverError,
    data: { code: problem.code.toUpperCase(), httpStatus: problem.status, problem },
  },
})

function fromFastify(thrown: FastifyError): AppError {
  const status = thrown.statusCode ?? 500
  const known = fastifyCodes[thrown.code] ?? (status >= 400 && status < 500 ? 'bad_request' : null)
  return known && !(thrown instanceof AppError)
    ? new AppError(known, { cause: thrown })
    : toAppError(thrown)
}
