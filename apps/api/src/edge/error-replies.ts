import type { Socket } from 'node:net'
import { AppError, type ErrorCode, type ProblemDocument, toProblem } from '@repo/errors'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { toAppError } from '../procedures/translate-errors.ts'
import type { Services } from '../services.ts'
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

/** Every failure as an RFC 9457 problem document that echoes nothing; causes go to the log alone. */
export function errorReplies(server: FastifyInstance, { logger }: Services): void {
  server.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = fromFastify(thrown)
    if (error.code === 'internal') logger.error({ err: thrown, requestId: request.id }, 'failed')
    return sendProblem(reply, error)
  })
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, new AppError(isUnreadable(request) ? 'bad_request' : 'not_found')),
  )
  server.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode === 401) reply.header('www-authenticate', challenge)
  })
}

export function sendProblem(reply: FastifyReply, error: AppError): FastifyReply {
  const problem = toProblem(error, reply.request.id)
  if (error.retryAfterSeconds) reply.header('retry-after', error.retryAfterSeconds)
  reply.code(problem.status)
  // A tRPC client looks for `error`; for one call and for a batch alike.
  if (reply.request.routeOptions.config?.speaksTrpc) return reply.send(toTrpcBody(problem))
  return reply.type('application/problem+json').send(problem)
}

declare module 'fastify' {
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

const brokenRequests: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

// No hook runs for what is no request; the headers of security-headers stand here once more.
const guardHeaders =
  'Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n' +
  "Content-Security-Policy: default-src 'none';frame-ancestors 'none'\r\n"

/** Answers what is no valid HTTP, before there is a request; the connection ends with it. */
export function replyToBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = toProblem(new AppError(brokenRequests[error.code ?? ''] ?? 'bad_request'), 'none')
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n${guardHeaders}Connection: close\r\n\r\n${body}`,
  )
}
