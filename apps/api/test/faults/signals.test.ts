import { setTimeout as sleep } from 'node:timers/promises'
import { startRedisGateway } from '@repo/embedded-servers'
import { openSql, type Sql } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { type ProductionProcess, secureCookieOf, startProduction } from './start-production.ts'

let api: TestApi
let world: World
let person: Person
let admin: Sql
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
const started: ProductionProcess[] = []

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  person = await world.createPerson()
  admin = openSql(api.database.adminUrl)
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
})

afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL')
    await ended
  }
  await admin?.close()
  await world?.close()
  await api?.close()
  await gateway?.close()
})

async function start(nodeOptions: readonly string[] = []) {
  const settings = { DATABASE_URL: patientUrl(), TRUSTED_PROXIES: '127.0.0.1' }
  const main = await startProduction(api, { redis: gateway, nodeOptions, settings })
  started.push(main)
  return main
}

/** What is held here is let go by the test, however slow the machine is, and not given up before. */
function patientUrl(): string {
  const url = new URL(api.database.appUrl)
  url.searchParams.set('options', '-c lock_timeout=60s -c statement_timeout=60s')
  url.searchParams.set('query_timeout', '60000')
  return url.href
}

/** A change that waits for a row which another connection holds, until it is let go. */
async function holdChange(url: string) {
  const orderId = await world.createOrder(person)
  const hold = `SELECT pg_sleep(120) FROM (SELECT id FROM orders WHERE id = ${orderId} FOR UPDATE) AS held`
  const held = admin.run(hold).catch(() => {})
  const waitsFor = async (condition: string) => {
    const text = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND ${condition}`
    await expect.poll(async () => (await admin.run(text)).length).toBe(1)
  }
  await waitsFor("query LIKE '%AS held' AND state = 'active'")
  const body = { status: 'paid' }
  const cookie = secureCookieOf(person)
  const answer = request(`${url}/api/orders/${orderId}`, { method: 'PATCH', cookie, body }).catch(
    () => null,
  )
  await waitsFor("wait_event_type = 'Lock'")
  async function letGo() {
    const cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%AS held'"
    await admin.run(`${cancel} AND datname = current_database()`)
    await held
  }
  return { answer, letGo }
}

const untilDraining = (url: string) =>
  expect
    .poll(async () => (await request(`${url}/readyz`)).body)
    .toMatchObject({ status: 'unavailable', checks: { draining: true, postgres: 'ok' } })

const refused = (url: string) =>
  request(`${url}/healthz`).then(
    () => false,
    () => true,
  )

test('SIGTERM: /readyz flips, then nobody new is let in, what runs is answered, exit code 0', async () => {
  const { url, child, ended, output } = await start()
  expect((await request(`${url}/readyz`)).status).toBe(200)
  const change = await holdChange(url)
  child.kill('SIGTERM')
  await untilDraining(url)
  // Until the load balancer has seen it, a new connection is still served.
  const session = await request(`${url}/api/auth/session`, { cookie: secureCookieOf(person) })
  expect(session.status).toBe(200)
  await expect.poll(() => refused(url), { interval: 20 }).toBe(true)
  await change.letGo()
  const answer = await change.answer
  expect([answer?.status, answer?.body?.['status']]).toEqual([200, 'paid'])
  expect(await ended, output()).toBe(0)
})

test('a second SIGTERM ends it at once', async () => {
  const { url, child, ended } = await start()
  const change = await holdChange(url)
  child.kill('SIGTERM')
  await untilDraining(url)
  child.kill('SIGTERM')
  expect(await ended).toBe(1)
  await change.letGo()
  expect(await change.answer).toBeNull()
})

const faultAtSignal = (statement: string) =>
  `data:text/javascript,process.on('SIGUSR2', () => { ${statement} })`

test.each([
  ['an uncaught exception', "throw new Error('boom')", 'uncaught exception'],
  ['an unhandled rejection', "Promise.reject(new Error('boom'))", 'unhandled rejection'],
])(
  '%s is logged as fatal, what runs is answered, exit code 1',
  async (_name, statement, logged) => {
    const { url, child, ended, output } = await start(['--import', faultAtSignal(statement)])
    const change = await holdChange(url)
    child.kill('SIGUSR2')
    await expect.poll(() => refused(url), { interval: 20 }).toBe(true)
    await change.letGo()
    expect((await change.answer)?.status).toBe(200)
    expect(await ended).toBe(1)
    const lines = output()
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line))
    expect(lines).toContainEqual(expect.objectContaining({ level: 'fatal', msg: logged }))
  },
)

test('SIGTERM under load: behind a load balancer that asks /readyz, no request is lost', async () => {
  const { url, child, ended } = await start()
  let isInUse = true
  let answered = 0
  const lost: unknown[] = []
  async function work() {
    while (isInUse) {
      const answer = await request(`${url}/healthz`).catch((error: unknown) => error)
      answered += 1
      if (!(answer instanceof Object && 'status' in answer && answer.status === 200)) {
        lost.push(answer)
      }
    }
  }
  async function balance() {
    while (isInUse) {
      await sleep(100)
      isInUse = (await request(`${url}/readyz`)).status === 200
    }
  }
  const load = Promise.all([balance(), ...Array.from({ length: 16 }, work)])
  // However slow the machine is.
  while (answered < 100) await sleep(50)
  child.kill('SIGTERM')
  await load
  expect(await ended).toBe(0)
  expect(lost).toEqual([])
})
