import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startRedisGateway } from '@repo/embedded-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { print } from '../timing/print-table.ts'
import { countSockets } from './count-sockets.ts'
import { measureClient } from './measure-client.ts'
import { type ProductionProcess, secureCookieOf, startProduction } from './start-production.ts'

const attackers = 300
const perSecond = 300
const endedWithinSeconds = 10

let api: TestApi
let world: World
let person: Person
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
let main: ProductionProcess

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  person = await world.createPerson()
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
  main = await startProduction(api, { redis: gateway })
})

afterAll(async () => {
  main?.child.kill('SIGKILL')
  await main?.ended
  await world?.close()
  await api?.close()
  await gateway?.close()
})

/** slowhttptest's own words when it ended: how many connections it opened and how many are left. */
async function attack(mode: readonly string[], path: string): Promise<string> {
  const args = [...mode, '-c', String(attackers), '-r', String(perSecond), '-i', '2', '-l', '40']
  const child = spawn('slowhttptest', [...args, '-p', '5', '-u', main.url + path])
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += String(chunk)
  })
  const [code] = await once(child, 'close')
  expect(code, text).toBe(0)
  // Without its colours.
  return text.replaceAll(/\p{Cc}\[[\d;]*m/gu, '')
}

test.each<[string, readonly string[], string]>([
  ['slow headers', ['-H', '-t', 'GET'], '/api/auth/session'],
  ['a slow body', ['-B', '-f', 'application/json', '-s', '8192'], '/api/auth/login'],
  [
    'slow reading',
    ['-X', '-w', '10', '-y', '20', '-n', '5', '-z', '32', '-k', '3'],
    '/docs/assets/swagger-ui-bundle.js',
  ],
  ['overlapping ranges', ['-R', '-a', '5', '-b', '3000'], '/openapi.json'],
])(
  '%s on 300 connections: all are ended within 10 s, and a client is served meanwhile',
  async (name, mode, path) => {
    const calm = await countSockets(main.pid)
    const client = measureClient(`${main.url}/api/auth/session`, secureCookieOf(person))
    const attacking = attack(mode, path)
    let most = 0
    const begun = performance.now()
    // Until the last of them is there, and then until the last is gone.
    let isOver = false
    void attacking.finally(() => {
      isOver = true
    })
    let goneAfter = 0
    while (!isOver || goneAfter === 0) {
      const open = (await countSockets(main.pid)) - calm
      most = Math.max(most, open)
      if (most >= attackers * 0.9 && open <= 5 && goneAfter === 0)
        goneAfter = performance.now() - begun
      if (performance.now() - begun > 45_000) break
      await sleep(100)
    }
    const said = await attacking
    const { latencies, failures } = await client.stop()
    print(
      `${name}: ${most} connections, gone after ${(goneAfter / 1_000).toFixed(1)} s; ${latencies}`,
    )
    // The attack was one: every connection was there.
    expect(most, said).toBeGreaterThanOrEqual(attackers * 0.9)
    expect(failures).toEqual([])
    expect(goneAfter, said).toBeGreaterThan(0)
    expect(goneAfter).toBeLessThan((endedWithinSeconds + attackers / perSecond) * 1_000)
  },
  120_000,
)
