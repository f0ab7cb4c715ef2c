import { randomUUID } from 'node:crypto'
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

const newest = new WeakMap<Duplex, CountedRequest>()

/** The last request that has begun on a connection. */
export const newestRequestOn = (socket: Duplex): CountedRequest | undefined => newest.get(socket)

/** Node's request with an id, which counts its body as it comes: in chunks, and whatever its headers say. */
export class CountedRequest extends IncomingMessage {
  readonly id: string = randomUUID()
  bytesIn = 0
  /** What it was answered where its body broke the protocol (broken-requests.ts). */
  brokenStatus: number | null = null

  constructor(socket: Socket) {
    super(socket)
    newest.set(socket, this)
  }

  override push(chunk: Uint8Array | string | null, encoding?: BufferEncoding): boolean {
    this.bytesIn += sizeOf(chunk)
    return super.push(chunk, encoding)
  }
}

/** Node's response, which counts its body as it is written, whoever writes it. */
export class CountedResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  #written = 0

  /** Bytes of the body that were handed to Node; none where there can be no body (RFC 9110, section 6.4.1). */
  get bytesOut(): number {
    const hasNone = this.req.method === 'HEAD' || this.statusCode === 204 || this.statusCode === 304
    return hasNone ? 0 : this.#written
  }

  override write(...args: unknown[]): boolean {
    this.#written += sizeOf(args[0], args[1])
    // What came by one of its overloads goes on by the same.
    return super.write(...(args as Parameters<ServerResponse['write']>))
  }

  override end(...args: unknown[]): this {
    this.#written += sizeOf(args[0], args[1])
    return super.end(...(args as Parameters<ServerResponse['end']>))
  }
}

/** The bodies of a request and of what it was answered with, in bytes. */
export const sizesOf = (request: IncomingMessage, response: ServerResponse | undefined) => ({
  bytesIn: request instanceof CountedRequest ? request.bytesIn : 0,
  bytesOut: response instanceof CountedResponse ? response.bytesOut : 0,
})

/** One id for a request, from its first byte on; Node's own requests have none. */
export const requestIdOf = (request: IncomingMessage): string =>
  request instanceof CountedRequest ? request.id : randomUUID()

function sizeOf(chunk: unknown, encoding?: unknown): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength
  if (typeof chunk !== 'string') return 0
  return Buffer.byteLength(chunk, isEncoding(encoding) ? encoding : 'utf8')
}

const isEncoding = (value: unknown): value is BufferEncoding =>
  typeof value === 'string' && Buffer.isEncoding(value)
