import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { requireRealRedisUrl, startRedisGateway } from '@repo/embedded-servers'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { describeConnection } from './describe-connection.ts'
import { openRedis, type RedisOptions } from './open-redis.ts'

const timeoutMs = 150
const marginMs = 2_000

describeConnection('RESP to a real server', () =>
  openReal({ kind: 'server', url: requireRealRedisUrl() }),
)

describeConnection('RESP to a real cluster', () => {
  const url = requireRealRedisUrl('cluster')
  return openReal({ kind: 'server', url: `${url},${url}` })
})

describeConnection('REST to the gateway over a real server', async () => {
  const server = new Redis(requireRealRedisUrl())
  const gateway = await startRedisGateway({ redis: server })
  const { connection } = await openReal({ kind: 'upstash', ...gateway })
  return {
    connection,
    close: async () => {
      await connection.close()
      await gateway.close()
      server.disconnect()
    },
  }
})

test.each(['silent', 'refusing'] as const)(
  'a real server that is %s fails every command in time, and RESP heals when it returns',
  async (mode) => {
    const proxy = await startProxy(new URL(requireRealRedisUrl()))
    const connection = openRedis({ kind: 'server', url: proxy.url, timeoutMs })
    await connection.ping()
    proxy.fail(mode)
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const start = performance.now()
      await expect(connection.ping()).rejects.toThrow()
      expect(performance.now() - start).toBeLessThan(timeoutMs + marginMs)
    }
    proxy.heal()
    await expect.poll(() => connection.ping().then(() => 'alive')).toBe('alive')
    await connection.close()
    proxy.close()
  },
  10_000,
)

async function openReal(options: RedisOptions) {
  const connection = openRedis({ ...options, timeoutMs: 2_000 })
  return { connection, close: connection.close }
}

/** Stands between client and server, so that one test may take the server away from itself alone. */
async function startProxy(target: URL) {
  let mode: 'passing' | 'silent' | 'refusing' = 'passing'
  const sockets = new Set<Socket>()
  const server = createServer((inward) => {
    if (mode === 'refusing') return inward.destroy()
    const outward = connect(Number(target.port), target.hostname)
    inward.pipe(outward).pipe(inward)
    for (const socket of [inward, outward]) {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
      if (mode === 'silent') socket.cork()
    }
    return undefined
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // A TCP server's address is an object, never a pipe's name.
  const { port } = server.address() as AddressInfo
  const forEach = (act: (socket: Socket) => void) => {
    for (const socket of sockets) act(socket)
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    fail(next: 'silent' | 'refusing') {
      mode = next
      forEach((socket) => (next === 'silent' ? socket.cork() : socket.destroy()))
    },
    heal() {
      mode = 'passing'
      forEach((socket) => socket.uncork())
    },
    close() {
      forEach((socket) => socket.destroy())
      server.close()
    },
  }
}
