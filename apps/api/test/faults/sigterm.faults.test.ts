import { setTimeout as sleep } from 'node:timers/promises'
import { startRedisGateway } from '@repo/embedded-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { openSocket } from '../support/open-socket.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { print } from '../timing/print-table.ts'
import { startLoad } from './keep-alive-load.ts'
import { secureCookieOf, startProduction } from './start-production.ts'

const runs = 20
const atOnce = 4
const clients = 8

let api: TestApi
let world: World
let gateway: Awaited<ReturnType<typeof startRedisGateway>>

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
})

afterAll(async () => {
  await world?.close()
  await api?.close()
  await gateway?.close()
})

/** One process under load that is told to end; what its clients got, and how it ended. */
async function endUnderLoad(person: Person) {
  const settings = { TRUSTED_PROXIES: '127.0.0.1/32' }
  const main = await startProduction(api, { redis: gateway, settings })
  try {
    const load = startLoad(`${main.url}/api/auth/session`, {
      clients,
      cookie: secureCookieOf(person),
      pauseMs: 10,
    })
    while (load.counts.answered < 10 * clients) await sleep(20)
    main.child.kill('SIGTERM')
    const exit = await main.ended
    load.stop()
    await load.ended
    return { exit, ...load.counts, statuses: load.statuses }
  } finally {
    main.child.kill('SIGKILL')
  }
}

test(`SIGTERM under load loses nothing but refused connections, ${runs} times of ${runs}`, async () => {
  const results: Awaited<ReturnType<typeof endUnderLoad>>[] = []
  let begun = 0
  async function work(): Promise<void> {
    while (begun < runs) {
      begun += 1
      // One person each, whose own limit no run meets.
      results.push(await endUnderLoad(await world.createPerson()))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const answered = results.reduce((sum, result) => sum + result.answered, 0)
  const got = [...new Set(results.flatMap(({ statuses }) => [...statuses.keys()]))].toSorted()
  print(`SIGTERM under load: ${results.length} runs, ${answered} answers (${got.join(', ')})`)
  // An error's code would be a request without an answer; 429 and 503 are answers, of a busy machine.
  expect(got.filter((status) => !['200', '429', '503'].includes(status))).toEqual([])
  expect(results.map(({ exit }) => exit)).toEqual(Array(runs).fill(0))
  // Each run was under load to its end: whoever asked once more was refused.
  for (const { statuses, refused } of results) {
    expect(statuses.get('200')).toBeGreaterThan(clients)
    expect(refused).toBeGreaterThan(0)
  }
}, 240_000)

test.each(['/oauth/token', '/api/auth/login'])(
  'a client whose request to %s never arrives whole does not keep the process from its end',
  async (path) => {
    const settings = { TRUSTED_PROXIES: '127.0.0.1/32' }
    const main = await startProduction(api, { redis: gateway, settings })
    const { socket, ended } = await openSocket(main.url)
    const type = path.startsWith('/oauth')
      ? 'application/x-www-form-urlencoded'
      : 'application/json'
    const lines = [`POST ${path} HTTP/1.1`, `Host: ${new URL(main.url).host}`]
    const headers = ['X-Forwarded-Proto: https', `Content-Type: ${type}`, 'Content-Length: 500']
    socket.write(`${[...lines, ...headers].join('\r\n')}\r\n\r\n`)
    const dripping = setInterval(() => socket.write('a'), 500)
    await sleep(500)
    main.child.kill('SIGTERM')
    // Exit code 1 would say that it was cut off after 20 s, with what waited in memory.
    expect(await main.ended).toBe(0)
    await ended
    clearInterval(dripping)
  },
  60_000,
)
