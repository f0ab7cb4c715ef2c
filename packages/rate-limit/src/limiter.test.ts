import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { startRedisGateway } from '@repo/embedded-servers'
import { openRedis } from '@repo/redis'
import { afterEach, expect, test } from 'vitest'
import { describeLimiter } from './describe-limiter.ts'
import { createLimiter } from './limiter.ts'
import { limits } from './limits.ts'

const answerMs = 300
const cleanUps: (() => Promise<unknown> | unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const openEmbedded = async () => {
  const gateway = await startRedisGateway()
  const connection = openRedis({ kind: 'upstash', ...gateway, timeoutMs: 60_000 })
  return {
    client: connection.client,
    close: async () => {
      await connection.close()
      await gateway.close()
    },
  }
}

// It interprets Lua in JavaScript: slow.
const embeddedLoads = 8
describeLimiter('over the embedded gateway', openEmbedded, embeddedLoads)

test('without Redis each process holds a tighter limit, at once, until Redis returns', async () => {
  const first = await startRedisGateway()
  const { limiter, events } = open(first.url, first.token)
  expect(await limiter.decide([login('a')])).toMatchObject({ allowed: true, limit: 100 })
  await first.close()

  const decisions = []
  for (let call = 0; call < limits.login.fallbackLimit + 1; call += 1) {
    const start = performance.now()
    decisions.push(await limiter.decide([login('a')]))
    expect(performance.now() - start).toBeLessThan(answerMs)
  }
  expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(limits.login.fallbackLimit)
  expect(decisions.at(-1)).toMatchObject({ allowed: false, degraded: true, limit: 20 })
  expect(decisions.at(-1)?.retryAfterSeconds).toBeGreaterThan(50)
  expect(await limiter.decide([login('b')])).toMatchObject({ allowed: true, degraded: true })
  expect(events).toEqual(['degraded'])

  const second = await startRedisGateway({
    token: first.token,
    port: Number(new URL(first.url).port),
  })
  cleanUps.push(second.close)
  const isDegraded = async () => (await limiter.decide([login('c')])).degraded
  await expect.poll(isDegraded).toBe(false)
  expect(events).toEqual(['degraded', 'recovered'])
})

test('a Redis that hangs delays one decision a second, not each', async () => {
  const { limiter, events } = open(await listenSilently(), 'token')
  const start = performance.now()
  expect(await limiter.decide([login('a')])).toMatchObject({ allowed: true, degraded: true })
  expect(performance.now() - start).toBeLessThan(answerMs)
  const later = performance.now()
  for (let call = 0; call < 50; call += 1) await limiter.decide([login(`key ${call}`)])
  expect(performance.now() - later).toBeLessThan(10 * answerMs)
  expect(events).toEqual(['degraded'])
})

test('a refusal given by Redis stands while Redis is gone', async () => {
  const gateway = await startRedisGateway()
  const { limiter, events } = open(gateway.url, gateway.token, 1)
  expect(await limiter.decide([login('a')])).toMatchObject({ allowed: true, degraded: false })
  expect(await limiter.decide([login('a')])).toMatchObject({ allowed: false, degraded: false })
  await gateway.close()
  expect(await limiter.decide([login('a')])).toMatchObject({ allowed: false, degraded: false })
  expect(events).toEqual([])
})

test('the checks of one call go out in one request', async () => {
  const gateway = await startRedisGateway()
  cleanUps.push(gateway.close)
  const { limiter } = open(gateway.url, gateway.token)
  const checks = [login('a'), { name: 'read', key: 'a' }, { name: 'user', key: 'a' }] as const
  await limiter.decide(checks)

  let requests = 0
  const count = () => {
    requests += 1
  }
  subscribe('http.client.request.start', count)
  cleanUps.push(() => unsubscribe('http.client.request.start', count))
  expect(await limiter.decide(checks)).toMatchObject({
    allowed: true,
    name: 'login',
    remaining: 98,
  })
  expect(requests).toBe(1)
})

test('a decision without a limit is refused as a mistake', async () => {
  const { limiter } = open('http://127.0.0.1:9', 'token')
  await expect(limiter.decide([])).rejects.toThrow('at least one limit')
})

function login(key: string) {
  return { name: 'login', key } as const
}

function open(url: string, token: string, loginLimit: number = limits.login.limit) {
  const connection = openRedis({ kind: 'upstash', url, token })
  cleanUps.push(connection.close)
  const events: string[] = []
  const limiter = createLimiter({
    redis: connection.client,
    limits: { ...limits, login: { ...limits.login, limit: loginLimit } },
    onDegraded: () => events.push('degraded'),
    onRecovered: () => events.push('recovered'),
  })
  return { limiter, events }
}

async function listenSilently() {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket.on('error', () => {})))
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // A TCP server's address is an object, never a pipe's name.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
