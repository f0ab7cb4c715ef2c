import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { AppError, type ErrorCode, type ProblemDocument, toProblem } from '@repo/errors'
import { type CountedRequest, newestRequestOn } from './counted-messages.ts'
import { strictTransport } from './security-headers.ts'

const brokenRequests: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

// No hook runs for what is no request; the headers of security-headers stand here once more.
const guardHeaders =
  'Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n' +
  "Content-Security-Policy: default-src 'none';frame-ancestors 'none'\r\n"

const guardHeadersFor = (socket: Duplex) =>
  socket instanceof TLSSocket
    ? `Strict-Transport-Security: ${strictTransport}\r\n${guardHeaders}`
    : guardHeaders

// A client that goes on writing past its answer is cut after this time.
const lingerMs = 1_000

/** What was no request, and how it was answered. */
export interface BrokenRequest {
  readonly requestId: string
  readonly problem: ProblemDocument
  /** Node's name of what is wrong, such as `HPE_INVALID_METHOD`. */
  readonly reason: string
  readonly bytesOut: number
}

type BrokenError = Error & { readonly code?: string }

/**
 * Answers what is no valid HTTP, before there is a request or in the middle of one; the connection ends with it.
 * Null where nobody is left to answer, or nothing was asked; the line of a request that had begun tells of it.
 */
export function replyToBrokenRequest(error: BrokenError, socket: Duplex): BrokenRequest | null {
  if (error.code === 'ECONNRESET' || !socket.writable || isOfTls(error)) {
    socket.destroy()
    return null
  }
  const begun = unfinishedRequestOn(socket)
  const requestId = begun?.id ?? randomUUID()
  const reason = error.code ?? error.message
  const problem = toProblem(new AppError(brokenRequests[reason] ?? 'bad_request'), requestId)
  // Who ends in the middle of a body has gone away.
  if (begun && reason !== 'HPE_INVALID_EOF_STATE') begun.brokenStatus = problem.status
  const bytesOut = send(socket, problem)
  if (begun || saidNothing(socket)) return null
  return { requestId, problem, reason, bytesOut }
}

function send(socket: Duplex, problem: ProblemDocument): number {
  const body = JSON.stringify(problem)
  const length = Buffer.byteLength(body)
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${length}\r\nX-Request-Id: ${problem.requestId}\r\n` +
      `${guardHeadersFor(socket)}Connection: close\r\n\r\n${body}`,
  )
  setTimeout(() => socket.destroy(), lingerMs).unref()
  return length
}

/** The request whose body breaks: it is under way, and has a line of its own. */
function unfinishedRequestOn(socket: Duplex): CountedRequest | undefined {
  const request = newestRequestOn(socket)
  return request?.complete === false ? request : undefined
}

/** A connection that was opened and never used, as browsers do in advance. */
const saidNothing = (socket: Duplex) => 'bytesRead' in socket && socket.bytesRead === 0

/** There is nothing to answer in: the handshake failed, or plain HTTP came to where HTTPS is spoken. */
const isOfTls = ({ code = '' }: { readonly code?: string }) => /^ERR_(SSL|TLS)_/.test(code)
