import * as http from 'node:http'
import * as https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { TLSSocket } from 'node:tls'
import { codeOf } from './code-of.ts'
import type { Deadlines } from './deadlines.ts'
import { OutboundError } from './outbound-error.ts'
import type { Target } from './read-target.ts'

export interface Exchange {
  readonly target: Target
  /** The only ones that are connected to. */
  readonly addresses: readonly string[]
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly maxAnswerBytes: number
}

export interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

const maxHeaderBytes = 16_384
// 1xx before the answer: a server has reason for one or two, and each is as long as headers may be.
const maxInterim = 8

/** One POST over a connection of its own, and the status that it was answered with; follows nothing. */
export async function exchange(request: Exchange, deadlines: Deadlines): Promise<Answer> {
  const outgoing = open(request, deadlines)
  const response = await answerOf(outgoing, request.body, deadlines)
  deadlines.answered()
  const { statusCode: status = 0 } = response
  // Node takes any three digits; below 200 none is a last answer (RFC 9110, section 15).
  if (status < 200) {
    outgoing.destroy()
    throw new OutboundError('unreachable')
  }
  await drain(response, request.maxAnswerBytes)
  return { status, retryAfter: response.headers['retry-after'] }
}

function open({ target, addresses, body, headers }: Exchange, deadlines: Deadlines) {
  const { secure, hostname, port, path } = target
  const outgoing = (secure ? https : http).request({
    method: 'POST',
    hostname,
    port,
    path,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    // A connection of one request: nothing is shared, and the environment's proxies are not asked.
    agent: false,
    lookup: answerWith(addresses),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    maxHeaderSize: maxHeaderBytes,
    signal: deadlines.signal,
  })
  outgoing.once('socket', (socket) =>
    socket.once(secure ? 'secureConnect' : 'connect', deadlines.connected),
  )
  return outgoing
}

/** In the place of a second look-up, whose answer could be another one. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  const [first] = found
  // Node asks for all where it may try one after the other.
  return (_hostname, { all }, done) =>
    all ? done(null, found) : done(null, first?.address ?? '', first?.family)
}

function answerOf(
  outgoing: http.ClientRequest,
  body: string,
  { signal }: Deadlines,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve)
    // Stays for errors after the answer, which change nothing any more.
    outgoing.on('error', (error) =>
      reject(signal.aborted ? signal.reason : toOutboundError(error, outgoing)),
    )
    let interim = 0
    outgoing.on('information', () => {
      interim += 1
      if (interim > maxInterim) outgoing.destroy(new Error('Too many interim answers.'))
    })
    // An upgrade that nobody asked for ends without an error.
    outgoing.once('close', () => reject(new OutboundError('unreachable')))
    outgoing.end(body)
  })
}

function toOutboundError(error: Error, { socket }: http.ClientRequest): OutboundError {
  const isUntrusted = socket instanceof TLSSocket && Boolean(socket.authorizationError)
  return new OutboundError(isUntrusted ? 'untrusted' : 'unreachable', { reason: codeOf(error) })
}

/** Reads the rest of an answer and keeps nothing of it; its status has decided already. */
async function drain(response: http.IncomingMessage, maxBytes: number): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += chunk.length
      if (bytes > maxBytes) break
    }
  } catch {
    // It was cut, by the receiver or by the clock.
  }
}
