import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSilence, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { inSpan, isRecorded } from './in-span.ts'
import { startTracing, type Tracing, traceHeaders } from './start-tracing.ts'

let tracing: Tracing | null = null
const cleanUps: (() => void)[] = []
const outages: boolean[] = []

afterEach(async () => {
  await tracing?.close()
  tracing = null
  outages.length = 0
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

async function start(url: string, ratio = 1): Promise<Tracing> {
  tracing = await startTracing({
    ...{ service: 'test', url, ratio, headers: {} },
    onOutage: (isOut) => outages.push(isOut),
  })
  return tracing
}

/** A receiver that takes everything. */
async function receive(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(
    () => server.closeAllConnections(),
    () => void server.close(),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
}

/** One that takes connections, and never answers. */
async function beSilent(): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createSilence((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(
    () => sockets.forEach((socket) => void socket.destroy()),
    () => void server.close(),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
}

const flood = async ({ inTrace }: Tracing, count: number) => {
  for (let index = 0; index < count; index += 1) await inTrace('job mail', async () => {})
}

test('what is made is sent, and counted', async () => {
  const made = await start(await receive())
  await flood(made, 1_000)
  await expect.poll(made.count).toEqual({ sent: 1_000, lost: 0 })
})

test('a receiver that hangs costs spans and nothing else: no more than 2048 wait, all others are counted', async () => {
  const made = await start(await beSilent())
  const begin = performance.now()
  await flood(made, 20_000)
  expect(performance.now() - begin).toBeLessThan(10_000)
  expect(made.count().sent).toBe(0)
  expect(made.count().lost).toBeGreaterThanOrEqual(20_000 - 2_048)
  await expect.poll(() => outages, { timeout: 15_000 }).toEqual([true])
  const closing = performance.now()
  await made.close()
  expect(performance.now() - closing).toBeLessThan(4_000)
})

test('what is asked of others inside of a trace names it, and outside of one nothing', async () => {
  expect(traceHeaders()).toEqual({})
  const made = await start(await receive())
  expect(traceHeaders()).toEqual({})
  await made.inTrace('job mail', async () => {
    const outer = traceHeaders()['traceparent'] ?? ''
    expect(outer).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
    await inSpan('POST', { kind: 'client' }, async () => {
      const inner = traceHeaders()['traceparent'] ?? ''
      expect(inner.slice(0, 35)).toBe(outer.slice(0, 35))
      expect(inner).not.toBe(outer)
    })
  })
})

test('of what is not recorded nothing inside is, and nobody is told of it', async () => {
  const made = await start(await receive(), 0)
  await made.inTrace('job mail', async () => {
    await inSpan('POST', { kind: 'client' }, async () => expect(isRecorded()).toBe(false))
    expect(traceHeaders()).toEqual({})
  })
  await made.close()
  expect(made.count()).toEqual({ sent: 0, lost: 0 })
})

test('a task that fails fails as it did', async () => {
  const made = await start(await receive())
  const failure = new Error('secret')
  await expect(made.inTrace('job', () => Promise.reject(failure))).rejects.toBe(failure)
})
