import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { startRedisGateway } from '@repo/embedded-servers'
import { afterEach, describe, expect, test } from 'vitest'
import { describeConnection } from './describe-connection.ts'
import { isEmbeddedToken } from './embedded-token.ts'
import { openRedis, type RedisOptions } from './open-redis.ts'

const timeoutMs = 150
const marginMs = 2_000
const cleanUps: (() => Promise<unknown> | unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

describeConnection('REST to the embedded gateway', async () => {
  const gateway = await startRedisGateway()
  const connection = openRedis({ kind: 'upstash', ...gateway })
  return {
    connection,
    close: async () => {
      await connection.close()
      await gateway.close()
    },
  }
})

describe.each<[string, (port: number) => RedisOptions]>([
  [
    'upstash',
    (port) => ({ kind: 'upstash', url: `http://127.0.0.1:${port}`, token: 't', timeoutMs }),
  ],
  ['server', (port) => ({ kind: 'server', url: `redis://127.0.0.1:${port}`, timeoutMs })],
  [
    'server, two nodes',
    (port) => ({ kind: 'server', url: `redis://127.0.0.1:${port},127.0.0.1:${port}`, timeoutMs }),
  ],
])('%s without a Redis', (_, options) => {
  test('a server that never answers fails every command in time', async () => {
    const connection = open(options(await listenSilently()))
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await failureMs(() => connection.client.get('key'))).toBeLessThan(timeoutMs + marginMs)
    }
    expect(await failureMs(() => connection.ping())).toBeLessThan(timeoutMs + marginMs)
  })

  test('a closed port fails in time', async () => {
    const connection = open(options(await findClosedPort()))
    expect(await failureMs(() => connection.client.get('key'))).toBeLessThan(timeoutMs + marginMs)
  })
})

test('REST heals when the gateway returns on its port', async () => {
  const first = await startRedisGateway()
  const connection = open({ kind: 'upstash', ...first, timeoutMs })
  await connection.ping()
  await first.close()
  await expect(connection.ping()).rejects.toThrow()
  const second = await startRedisGateway({
    token: first.token,
    port: Number(new URL(first.url).port),
  })
  cleanUps.push(second.close)
  await connection.ping()
})

test('a wrong token is refused, without the token in the message', async () => {
  const gateway = await startRedisGateway()
  cleanUps.push(gateway.close)
  const connection = open({ kind: 'upstash', url: gateway.url, token: 'a-wrong-token' })
  const error: unknown = await connection.client.get('key').catch((reason) => reason)
  expect(String(error)).toContain('WRONGPASS')
  expect(String(error)).not.toContain('a-wrong-token')
})

test('the token of the embedded gateway is known as such, and another is not', async () => {
  const gateway = await startRedisGateway()
  cleanUps.push(gateway.close)
  expect(isEmbeddedToken(gateway.token)).toBe(true)
  expect(isEmbeddedToken('AXV1embedded-')).toBe(false)
})

function open(options: RedisOptions) {
  const connection = openRedis(options)
  cleanUps.push(connection.close)
  return connection
}

async function failureMs(work: () => Promise<unknown>) {
  const start = performance.now()
  await expect(work()).rejects.toThrow()
  return performance.now() - start
}

async function listenSilently() {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket.on('error', () => {})))
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return portOf(server)
}

async function findClosedPort() {
  const server = createServer()
  const port = await portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

async function portOf(server: Server) {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // A TCP server's address is an object, never a pipe's name.
  return (server.address() as AddressInfo).port
}
