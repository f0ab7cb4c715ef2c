import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type MetricsServer, startMetricsServer } from './metrics-server.ts'

let server: MetricsServer | null = null
let reads = 0

async function count() {
  reads += 1
  return `reads ${reads}\n`
}

const start = (read = count, port = 0) =>
  startMetricsServer({ host: '127.0.0.1', port, setting: 'METRICS_PORT', read }).then((started) => {
    server = started
    return started.url
  })

afterEach(async () => {
  await server?.close()
  server = null
  reads = 0
})

test('GET /metrics is answered as Prometheus reads it, and kept by nobody', async () => {
  const answer = await fetch(await start())
  expect([answer.status, await answer.text()]).toEqual([200, 'reads 1\n'])
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // Who keeps theirs open takes no other's place.
    connection: 'close',
  })
})

test.each([
  ['GET', '/', 404],
  ['GET', '/metrics/', 404],
  ['GET', '/metrics?x=1', 404],
  ['GET', '/healthz', 404],
  ['POST', '/', 404],
  ['POST', '/metrics', 405],
  ['DELETE', '/metrics', 405],
  ['OPTIONS', '/metrics', 405],
])('%s %s is answered %d, and nothing is read for it', async (method, path, status) => {
  const url = new URL(path, await start())
  const answer = await fetch(url, { method })
  expect([answer.status, await answer.text(), reads]).toEqual([status, '', 0])
})

test('whoever asks at the same time gets the same answer', async () => {
  const url = await start(async () => {
    await setTimeout(300)
    return count()
  })
  const texts = await Promise.all(Array.from({ length: 10 }, async () => (await fetch(url)).text()))
  expect(reads).toBeLessThan(10)
  expect(new Set(texts).size).toBe(reads)
})

test('a scrape that fails is a 500 without a word, and the next one is answered', async () => {
  let fails = true
  const url = await start(async () => {
    if (fails) throw new Error('postgresql://rampart_worker:hunter2@db')
    return 'fine 1\n'
  })
  const answer = await fetch(url)
  expect([answer.status, await answer.text()]).toEqual([500, ''])
  fails = false
  expect((await fetch(url)).status).toBe(200)
})

test('a port that is taken is named with its setting', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await expect(start(undefined, port)).rejects.toThrow(
    `The metrics cannot listen on 127.0.0.1, port ${port} (METRICS_PORT): EADDRINUSE.`,
  )
  other.close()
})

test('no more than 16 connections are held, and one that says nothing is ended', async () => {
  const { port } = new URL(await start())
  const sockets = Array.from({ length: 40 }, () => connect(Number(port), '127.0.0.1'))
  let open = sockets.length
  for (const socket of sockets) {
    socket.on('error', () => {})
    socket.resume()
    socket.on('close', () => {
      open -= 1
    })
  }
  // Long before the others are ended for their silence.
  await expect.poll(() => open, { timeout: 2_500 }).toBeLessThanOrEqual(16)
  await expect.poll(() => open, { timeout: 60_000 }).toBe(0)
})
