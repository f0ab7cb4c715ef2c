import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type RedisBackend,
  type RedisCommand,
  type RedisOutcome,
  type RedisServerClient,
  serverBackend,
} from './redis-backend.ts'
import { memoryBackend } from './redis-memory.ts'
import { encodeReplyValue, toReplyValue } from './redis-reply.ts'

export type RedisGateway = { readonly url: string; readonly token: string; close(): Promise<void> }

export type RedisGatewayOptions = {
  /** An ioredis client of a real Redis; without it the data live in this process's memory. */
  readonly redis?: RedisServerClient
  readonly token?: string
  readonly port?: number
  readonly host?: string
}

type Reply = { readonly status: number; readonly body: unknown }

const maxBodyBytes = 1_048_576
const keepAliveMs = 60_000
// All callers share one connection: what changes its state would change it for everyone.
const connectionCommands = new Set(
  ['auth', 'client', 'discard', 'exec', 'hello', 'monitor', 'multi', 'psubscribe', 'quit'].concat([
    'reset',
    'select',
    'ssubscribe',
    'subscribe',
    'unwatch',
    'watch',
  ]),
)

/** Serves Upstash's REST protocol on loopback; throws in production, where it has no place. */
export async function startRedisGateway(options: RedisGatewayOptions = {}): Promise<RedisGateway> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error('The embedded Redis gateway is for development and tests only.')
  }
  const token = options.token ?? `embedded-${randomBytes(32).toString('base64url')}`
  const host = options.host ?? '127.0.0.1'
  const backend = options.redis ? serverBackend(options.redis) : memoryBackend()
  const server = createServer({ keepAliveTimeout: keepAliveMs }, async (request, response) => {
    const { status, body } = await answer(request, backend, token)
    // The rest of an unread body would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close')
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await once(server.listen(options.port ?? 0, host), 'listening')
  // A TCP server's address is an object, never a pipe's name.
  const { port } = server.address() as AddressInfo

  async function close() {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    backend.close()
    await closed
  }
  return { url: `http://${host}:${port}`, token, close }
}

async function answer(request: IncomingMessage, backend: RedisBackend, token: string) {
  if (!isEqual(request.headers.authorization ?? '', `Bearer ${token}`)) {
    return failure(401, 'WRONGPASS invalid or missing auth token')
  }
  try {
    const text = await readBody(request)
    if (text === null) return failure(413, `ERR the body is over ${maxBodyBytes} bytes`)
    const encode = request.headers['upstash-encoding'] === 'base64' ? encodeReplyValue : identity
    return await run(`${request.method} ${request.url}`, JSON.parse(text), backend, encode)
  } catch (error) {
    return failure(400, error instanceof Error ? error.message : String(error))
  }
}

async function run(
  route: string,
  body: unknown,
  backend: RedisBackend,
  encode: (value: unknown) => unknown,
): Promise<Reply> {
  const toReply = (outcome: RedisOutcome) =>
    'error' in outcome ? outcome : { result: encode(toReplyValue(outcome.result)) }
  if (route === 'POST /') {
    const [outcome = { error: 'ERR no reply' }] = await backend.run([parseCommand(body)], false)
    return { status: 'error' in outcome ? 400 : 200, body: toReply(outcome) }
  }
  if (route !== 'POST /pipeline' && route !== 'POST /multi-exec') {
    return failure(404, 'ERR only POST to /, /pipeline and /multi-exec is answered')
  }
  if (!Array.isArray(body) || body.length === 0) throw new Error('ERR expected a list of commands')
  const outcomes = await backend.run(body.map(parseCommand), route === 'POST /multi-exec')
  return { status: 200, body: outcomes.map(toReply) }
}

function failure(status: number, error: string): Reply {
  return { status, body: { error } }
}

function identity(value: unknown) {
  return value
}

function parseCommand(value: unknown): RedisCommand {
  const isScalar = (part: unknown) => ['string', 'number', 'boolean'].includes(typeof part)
  if (!Array.isArray(value) || !value.every(isScalar)) {
    throw new Error('ERR a command is a list of strings and numbers')
  }
  const [name, ...args] = value.map(String)
  if (name === undefined) throw new Error('ERR empty command')
  if (connectionCommands.has(name.toLowerCase())) {
    throw new Error(`ERR '${name}' is not available over REST`)
  }
  return [name, ...args]
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Left open, so that the refusal of a body that is too large can still be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function isEqual(given: string, expected: string) {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
