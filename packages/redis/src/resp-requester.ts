import { once } from 'node:events'
import type { Requester } from '@upstash/redis'
import { Cluster, Redis, type RedisOptions } from 'ioredis'

export type RespOptions = { readonly url: string; readonly timeoutMs: number }

type Outcome = { readonly result: unknown } | { readonly error: string }
type Command = readonly [name: string, ...args: string[]]

const connectTimeoutMs = 2_000
const silenceMs = 2_000
const maxReconnectDelayMs = 1_000

const connectionOptions = {
  // REST knows the shapes of RESP2 only.
  protocol: 2,
  connectTimeout: connectTimeoutMs,
  // A connection that goes silent with commands under way is dead: replace it.
  socketTimeout: silenceMs,
  disconnectTimeout: silenceMs,
  // What was not answered has failed for its caller: it must not happen later.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: reconnectDelayMs,
} satisfies RedisOptions

/** Speaks RESP to a Redis server, or to a cluster when `url` lists several nodes by comma. */
export function createRespRequester({ url, timeoutMs }: RespOptions) {
  const client = url.includes(',') ? openCluster(url) : new Redis(url, connectionOptions)
  // Each request reports its own failure; without a listener ioredis prints to the console.
  client.on('error', () => {})
  let opening: Promise<unknown> | undefined

  /** Waits for a connection that is being made; all callers share the wait. */
  async function requireReady() {
    if (client.status === 'ready') return
    opening ??= once(client, 'ready').finally(() => {
      opening = undefined
    })
    await opening
  }

  async function execute(path: string, body: unknown, deadline: number) {
    await requireReady()
    // The caller has given up by now: its command must not happen any more.
    if (performance.now() > deadline) return undefined
    if (path === '') return runOne(client, parseCommand(body))
    const commands = parseCommands(body)
    if (path === 'multi-exec') return runChain(client.multi(), commands)
    if (client instanceof Redis) return runChain(client.pipeline(), commands)
    // Keys of different slots live on different nodes: a cluster refuses them in one pipeline.
    return Promise.all(commands.map((command) => runOne(client, command)))
  }

  const requester: Requester = {
    async request({ path = [], body, isStreaming }) {
      if (isStreaming) throw new Error('Streaming commands are not supported.')
      const answer = await withinTime(
        execute(path.join('/'), body, performance.now() + timeoutMs),
        timeoutMs,
      )
      // The client knows which reply its command has; the protocol does not say.
      return answer as { result?: never }
    },
  }
  return { requester, close: () => client.disconnect() }
}

function reconnectDelayMs(attempt: number) {
  return Math.min(50 * 2 ** attempt, maxReconnectDelayMs)
}

function openCluster(urls: string) {
  const [first = '', ...others] = urls.split(',')
  const { protocol, username, password } = new URL(first)
  const isSecure = protocol === 'rediss:'
  const nodes = [first, ...others].map((node) => node.replace(/^rediss?:\/\/(.*@)?/, ''))
  return new Cluster(
    nodes.map((node) => `redis://${node}`),
    {
      enableOfflineQueue: false,
      clusterRetryStrategy: reconnectDelayMs,
      redisOptions: {
        ...connectionOptions,
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
        ...(isSecure && { tls: {} }),
      },
      // A certificate names the host, not the address that DNS gives for it.
      ...(isSecure && { dnsLookup: (address, callback) => callback(null, address) }),
    },
  )
}

async function runOne(client: Redis | Cluster, command: Command): Promise<Outcome> {
  try {
    return { result: toRestShape(await client.call(...command)) }
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return { error: error.message }
    throw error
  }
}

async function runChain(
  chain: ReturnType<Redis['pipeline']>,
  commands: readonly Command[],
): Promise<Outcome[]> {
  for (const command of commands) chain.call(...command)
  const replies = (await chain.exec()) ?? []
  return replies.map(([error, reply]) =>
    error ? { error: error.message } : { result: toRestShape(reply) },
  )
}

/** ioredis turns the reply of HGETALL into an object; REST answers a flat list. */
function toRestShape(reply: unknown) {
  const isMap = typeof reply === 'object' && reply !== null && !Array.isArray(reply)
  return isMap ? Object.entries(reply).flat() : reply
}

function parseCommands(body: unknown) {
  if (!Array.isArray(body)) throw new TypeError('A pipeline is a list of commands.')
  return body.map(parseCommand)
}

function parseCommand(body: unknown): Command {
  const [name, ...args] = Array.isArray(body) ? body.map(String) : []
  if (name === undefined) throw new TypeError('A command is a list that begins with its name.')
  return [name, ...args]
}

function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`Redis did not answer within ${timeoutMs} ms.`))
    // After a stall of this process the answer may be here already, and unread: it is read first.
    const timer = setTimeout(() => setImmediate(fail), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
