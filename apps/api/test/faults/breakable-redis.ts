import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { startRedisGateway } from '@repo/embedded-servers'
import { launchRedisServer } from '@repo/testing'

/** A Redis that goes away in two ways and comes back at the same address. */
export interface BreakableRedis {
  readonly environment: Record<string, string>
  /** Connections are cut, and new ones refused. */
  refuses(): Promise<void>
  /** Connections are taken, and nothing is ever answered. */
  hangs(): Promise<void>
  bringBack(): Promise<void>
  close(): Promise<void>
}

// As production has it: the embedded one's would be given two seconds for a decision.
const token = 'a-token-of-a-redis-that-is-stopped'

/** The REST gateway, really stopped and started again, empty. */
export async function startBreakableGateway(): Promise<BreakableRedis> {
  const { url, close } = await startRedisGateway({ token })
  let server: { close(): Promise<void> } | null = { close }
  const port = Number(new URL(url).port)
  async function refuses(): Promise<void> {
    await server?.close()
    server = null
  }
  return {
    environment: { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token },
    refuses,
    async hangs() {
      await refuses()
      server = await listen(port, () => {})
    },
    async bringBack() {
      await refuses()
      server = await startRedisGateway({ token, port })
    },
    close: refuses,
  }
}

/** A real server of its own: killed, it comes back empty; stopped (SIGSTOP), it goes on where it was. */
export async function startBreakableServer(): Promise<BreakableRedis> {
  let server = await launchRedisServer()
  const { port, url } = server
  let isKilled = false
  return {
    environment: environmentOf(url),
    async refuses() {
      await server.close()
      isKilled = true
    },
    hangs: async () => server.freeze(),
    async bringBack() {
      if (isKilled) server = await launchRedisServer({ port })
      else server.thaw()
      isKilled = false
    },
    close: () => server.close(),
  }
}

// Set but empty means: not given.
const environmentOf = (url: string) => ({
  REDIS_URL: url,
  UPSTASH_REDIS_REST_URL: '',
  UPSTASH_REDIS_REST_TOKEN: '',
})

/** A real Redis that all others share, over a cable of our own that is cut or blocked. */
export async function startBreakableConnection(redisUrl: string): Promise<BreakableRedis> {
  const { hostname, port: redisPort } = new URL(redisUrl)
  const pass = (socket: Socket) => {
    const other = connect({ host: hostname, port: Number(redisPort) })
    other.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    socket.on('close', () => other.destroy())
    socket.pipe(other).pipe(socket)
  }
  let cable = await listen(0, pass)
  const { port } = cable
  const url = Object.assign(new URL(redisUrl), { host: `127.0.0.1:${port}` })
  return {
    environment: environmentOf(url.href),
    refuses: () => cable.close(),
    async hangs() {
      await cable.close()
      cable = await listen(port, () => {})
    },
    async bringBack() {
      await cable.close()
      cable = await listen(port, pass)
    },
    close: () => cable.close(),
  }
}

async function listen(wanted: number, serve: (socket: Socket) => void) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    serve(socket)
  })
  await once(server.listen(wanted, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await once(server.close(), 'close')
  }
  return { port, close }
}
