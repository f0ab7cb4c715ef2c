import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { AppError, type ErrorCode, toProblem } from '@repo/errors'
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

/**
 * Answers what is no valid HTTP, before there is a request; the connection ends with it. The code it was
 * answered with; null where nothing was.
 */
export function replyToBrokenRequest(
  error: Error & { code?: string },
  socket: Duplex,
): ErrorCode | null {
  if (error.code === 'ECONNRESET' || !socket.writable || isOfTls(error)) {
    socket.destroy()
    return null
  }
  const code = brokenRequests[error.code ?? ''] ?? 'bad_request'
  const problem = toProblem(new AppError(code), 'none')
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n${guardHeadersFor(socket)}Connection: close\r\n\r\n${body}`,
  )
  setTimeout(() => socket.destroy(), lingerMs).unref()
  return code
}

/** There is nothing to answer in: the handshake failed, or plain HTTP came to where HTTPS is spoken. */
const isOfTls = ({ code = '' }: { readonly code?: string }) => /^ERR_(SSL|TLS)_/.test(code)
