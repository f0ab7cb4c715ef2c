import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startRedisGateway } from '@repo/embedded-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../support/create-world.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { print } from '../timing/print-table.ts'
import { countConnections } from './count-connections.ts'
import { measureClient } from './measure-client.ts'
import { type ProductionProcess, secureCookieOf, startProduction } from './start-production.ts'

const attackers = 300
const perSecond = 300
const endedWithinSeconds = 10
// The client's.
const few = 5
const patienceMs = 40_000

let api: TestApi
let world: World
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
let main: ProductionProcess

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
  // The client comes from other addresses than the attackers, whose limit is theirs.
  const settings = { TRUSTED_PROXIES: '127.0.0.1/32' }
  main = await startProduction(api, { redis: gateway, settings })
})

afterAll(async () => {
  main?.child.kill('SIGKILL')
  await main?.ended
  await world?.close()
  await api?.close()
  await gateway?.close()
})

const count = () => countConnections(main.port)

/** How many connections there were at most, and how long after that they were gone. */
async function watchStay() {
  const begun = performance.now()
  let most = 0
  let mostAt = begun
  for (;;) {
    const [open, now] = [await count(), performance.now()]
    if (open > most) mostAt = now
    most = Math.max(most, open)
    const isGone = most >= attackers / 2 && open <= few
    if (isGone || now - begun > patienceMs) return { most, seconds: (now - mostAt) / 1_000 }
    await sleep(50)
  }
}

/** What slowhttptest says until it ends. */
async function attack(mode: readonly string[], path: string): Promise<string> {
  const args = [...mode, '-c', String(attackers), '-r', String(perSecond), '-i', '2', '-l', '20']
  // It sets no header of one's own choice, and writes a cookie as it is.
  args.push('-j', 'a=b\r\nX-Forwarded-Proto: https')
  const child = spawn('slowhttptest', [...args, '-u', main.url + path])
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += String(chunk)
  })
  const [code] = await once(child, 'close')
  expect(code, text).toBe(0)
  // Without its colours.
  return text.replaceAll(/\p{Cc}\[[\d;]*m/gu, '')
}

/** Somebody who is signed in, and asks what needs the database. */
async function startClient() {
  const cookie = secureCookieOf(await world.createPerson())
  return measureClient(`${main.url}/api/auth/session`, cookie)
}

test.each<[string, readonly string[], string]>([
  ['slow headers', ['-H', '-t', 'GET'], '/api/auth/session'],
  ['a slow body', ['-B', '-f', 'application/json', '-s', '8192'], '/api/auth/login'],
  // 32 bytes at a time.
  ['slow reading', ['-X', '-w', '10', '-y', '20', '-n', '5', '-z', '32'], '/openapi.json'],
])(
  '%s on 300 connections: all are ended within 10 s, and a client is served meanwhile',
  async (name, mode, path) => {
    const client = await startClient()
    const attacking = attack(mode, path)
    const { most, seconds } = await watchStay()
    const said = await attacking
    const { latencies, failures } = await client.stop()
    print(`${name}: ${most} connections, gone after ${seconds.toFixed(1)} s; ${latencies}`)
    // The attack was one.
    expect(most, said).toBeGreaterThan(attackers / 2)
    expect(seconds, said).toBeLessThan(endedWithinSeconds)
    expect(failures).toEqual([])
  },
  120_000,
)

test('overlapping ranges on 300 connections are answered at once, and a client is served meanwhile', async () => {
  const client = await startClient()
  const said = await attack(['-R', '-a', '5', '-b', '3000'], '/openapi.json')
  const { latencies, failures } = await client.stop()
  print(`overlapping ranges: ${latencies}`)
  expect(said).toContain('No open connections left')
  await expect.poll(count, { timeout: endedWithinSeconds * 1_000 }).toBeLessThanOrEqual(few)
  expect(failures).toEqual([])
}, 60_000)
