import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startRedisGateway } from '@repo/embedded-servers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { openSocket } from '../support/open-socket.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { print } from '../timing/print-table.ts'
import { startLoad } from './keep-alive-load.ts'
import { measureClient } from './measure-client.ts'
import { readMemory } from './read-memory.ts'
import { type ProductionProcess, secureCookieOf, startProduction } from './start-production.ts'
import { untilAnswer } from './until-answer.ts'

const settings = { TRUSTED_PROXIES: '127.0.0.1/32' }
// What a process may grow by in a flood: buffers, what V8 has not collected yet, and lines that wait.
const growthMiB = 250

let api: TestApi
let world: World
let person: Person
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
let main: ProductionProcess | undefined

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
})

beforeEach(async () => {
  person = await world.createPerson()
})

afterEach(async () => {
  main?.child.kill('SIGKILL')
  await main?.ended
  main = undefined
})

afterAll(async () => {
  await world?.close()
  await api?.close()
  await gateway?.close()
})

async function start(nodeOptions: readonly string[] = []): Promise<ProductionProcess> {
  main = await startProduction(api, { redis: gateway, settings, nodeOptions })
  return main
}

/** How much a process has grown at most while a task runs, after it has done the same a little. */
async function growthDuring(pid: number, task: () => Promise<void>): Promise<number> {
  await task()
  const before = await readMemory(pid)
  let most = before
  const looking = setInterval(async () => {
    most = Math.max(most, await readMemory(pid))
  }, 100)
  await task()
  clearInterval(looking)
  return most - before
}

const json = 'Content-Type: application/json'
const head = (host: string, lines: readonly string[]) =>
  `POST /api/auth/login HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\n${lines.join('\r\n')}\r\n\r\n`

/** Writes one piece after another until the server ends the connection; how many bytes it took, and what it said. */
async function pour(url: string, start: string, piece: string) {
  const { socket, text, ended } = await openSocket(url)
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  socket.write(start)
  while (!isOver && !socket.destroyed && socket.bytesWritten < 64 * 1024 * 1024) {
    await Promise.race([written(socket, piece), ended])
  }
  await ended
  return { sent: socket.bytesWritten - socket.writableLength, text: text() }
}

/** What the server says to this, and nothing more. */
async function say(url: string, bytes: string): Promise<string> {
  const { socket, text, ended } = await openSocket(url)
  socket.write(bytes)
  await ended
  return text()
}

const written = (socket: Socket, piece: string) =>
  new Promise<void>((resolve) => socket.write(piece, () => resolve()))

const piece = 'x'.repeat(64 * 1024)
const pieceAsChunk = `${piece.length.toString(16)}\r\n${piece}\r\n`

test('bodies without an end are refused before they are parsed, and memory stays bounded', async () => {
  const { url, pid } = await start()
  const { host } = new URL(url)
  const kinds = [
    [head(host, [json, 'Content-Length: 10737418240']), piece],
    [head(host, [json, 'Transfer-Encoding: chunked']), pieceAsChunk],
  ] as const
  const poured: Awaited<ReturnType<typeof pour>>[] = []
  const growth = await growthDuring(pid, async () => {
    const all = Array.from({ length: 60 }, (_, index) => kinds[index % 2] ?? kinds[0])
    poured.push(...(await Promise.all(all.map(([start, more]) => pour(url, start, more)))))
  })
  const most = Math.max(...poured.map(({ sent }) => sent)) / 1_048_576
  print(
    `endless bodies: ${poured.length}, at most ${most.toFixed(1)} MiB of one taken, memory +${growth.toFixed(0)} MiB`,
  )
  const answered = poured.filter(({ text }) => text.startsWith('HTTP/1.1 413 '))
  // A connection that is reset while it writes may not see its answer any more.
  expect(answered.length).toBeGreaterThan(0)
  expect(poured.filter(({ text }) => text !== '' && !text.startsWith('HTTP/1.1 413 '))).toEqual([])
  expect(most).toBeLessThan(16)
  expect(growth).toBeLessThan(growthMiB)
  expect((await request(`${url}/healthz`)).status).toBe(200)
}, 120_000)

test('3 000 headers on each of 300 connections are refused (431), and a client is served meanwhile', async () => {
  const { url, pid } = await start()
  const client = measureClient(`${url}/api/auth/session`, secureCookieOf(person))
  const many = Array.from({ length: 3_000 }, (_, index) => `X-${index}: 1`)
  const answers: string[] = []
  const growth = await growthDuring(pid, async () => {
    for (let round = 0; round < 10; round += 1) {
      const said = Array.from({ length: 30 }, () => say(url, head(new URL(url).host, many)))
      answers.push(...(await Promise.all(said)))
    }
  })
  const { latencies, failures } = await client.stop()
  print(`3 000 headers, ${answers.length} times: memory +${growth.toFixed(0)} MiB; ${latencies}`)
  expect(answers.filter((text) => !/^(HTTP\/1\.1 431 |$)/.test(text))).toEqual([])
  expect(answers.filter((text) => text !== '').length).toBeGreaterThan(answers.length / 2)
  expect(failures).toEqual([])
  expect(growth).toBeLessThan(growthMiB)
}, 120_000)

// Each handler takes 30 ms of the processor, as soon as the signal comes: of 100 clients 40 are enough for a second.
const costlyHandlers = `data:text/javascript,import { subscribe } from 'node:diagnostics_channel';
process.on('SIGUSR2', () => subscribe('tracing:fastify.request.handler:start', () => {
  const until = performance.now() + 30; while (performance.now() < until); }))`

test('more load than it can serve: the rest gets 503 with Retry-After, /healthz answers, and it heals', async () => {
  const { url, child } = await start(['--import', costlyHandlers])
  const few = startLoad(`${url}/openapi.json`, { clients: 5 })
  while (few.counts.answered < 100) await sleep(20)
  few.stop()
  await few.ended
  // What it can serve is not refused.
  expect([...few.statuses.keys()]).toEqual(['200'])
  child.kill('SIGUSR2')
  const load = startLoad(`${url}/openapi.json`, { clients: 100 })
  await expect.poll(() => load.statuses.get('503') ?? 0, { timeout: 60_000 }).toBeGreaterThan(0)
  const probes = await Promise.all(Array.from({ length: 5 }, () => request(`${url}/healthz`)))
  expect(probes.map(({ status }) => status)).toEqual(Array(5).fill(200))
  await sleep(3_000)
  load.stop()
  await load.ended
  const told = JSON.stringify(Object.fromEntries(load.statuses))
  print(`100 clients on handlers of 30 ms: ${told}`)
  expect(load.statuses.get('200') ?? 0).toBeGreaterThan(0)
  // On a machine that is slow besides some requests and idle connections run into their timeouts.
  const others = [...load.statuses].filter(([status]) => !/^(200|503)$/.test(status))
  expect(others.filter(([status]) => !/^(408|E\w+)$/.test(status))).toEqual([])
  const lost = others.reduce((sum, [, count]) => sum + count, 0)
  expect(lost / load.counts.answered).toBeLessThan(0.05)
  const healed = await untilAnswer(
    () => request(`${url}/readyz`),
    ({ status }) => status === 200,
  )
  print(`ready again after ${Math.round(healed)} ms`)
}, 120_000)

const blockedAtSignal = `data:text/javascript,process.on('SIGUSR2', () => {
  const until = performance.now() + 4000; while (performance.now() < until); })`

test('a blocked event loop: whoever waited is refused with Retry-After, and the next is served', async () => {
  const { url, child } = await start(['--import', blockedAtSignal])
  expect((await request(`${url}/openapi.json`)).status).toBe(200)
  child.kill('SIGUSR2')
  await sleep(300)
  const waited = await Promise.all(Array.from({ length: 20 }, () => request(`${url}/openapi.json`)))
  const refused = waited.filter(({ status }) => status === 503)
  expect(refused.length).toBeGreaterThan(0)
  for (const { headers } of refused) expect(headers.get('retry-after')).toBe('2')
  await untilAnswer(
    () => request(`${url}/openapi.json`),
    ({ status }) => status === 200,
  )
}, 60_000)

test('a log that nobody reads stops no request, and costs bounded memory', async () => {
  const started = await start()
  const { url, pid, child } = started
  child.stdout?.pause()
  let answered = 0
  const growth = await growthDuring(pid, async () => {
    const load = startLoad(`${url}/nowhere`, { clients: 20 })
    while (load.counts.answered < 3_000) await sleep(50)
    load.stop()
    await load.ended
    answered += load.counts.answered
    expect([...load.statuses.keys()]).toEqual(['404'])
  })
  print(`a log nobody reads: ${answered} requests served, memory +${growth.toFixed(0)} MiB`)
  expect(growth).toBeLessThan(growthMiB)
  child.stdout?.resume()
  expect((await request(`${url}/healthz`)).status).toBe(200)
}, 120_000)

test('1 000 connections of one address and no more, while another address is served', async () => {
  main = await startProduction(api, { redis: gateway })
  const { url } = main
  const sockets = await Promise.all(Array.from({ length: 1_200 }, () => openSocket(url)))
  await expect
    .poll(() => sockets.filter(({ socket }) => !socket.destroyed).length, { timeout: 10_000 })
    .toBeLessThanOrEqual(1_000)
  const other = await openSocket(url, '127.0.0.2')
  other.socket.write(`GET /healthz HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`)
  await expect.poll(() => other.text(), { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 200 /)
  // The silent ones are cut, and the address is served again.
  await Promise.all(sockets.map(({ ended }) => ended))
  expect((await request(`${url}/healthz`)).status).toBe(200)
  other.socket.destroy()
}, 60_000)
