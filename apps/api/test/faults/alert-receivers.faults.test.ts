import { randomBytes } from 'node:crypto'
import { startRedisGateway } from '@repo/embedded-servers'
import { openSql, type Received, startReceiver } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliveriesSettled } from '../support/alert-receivers.ts'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { runWorkers, type Workers } from '../support/run-workers.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { print } from '../timing/print-table.ts'
import { type ProductionProcess, secureCookieOf, startProduction } from './start-production.ts'

const rounds = 6
const alertsARound = 4
const requestsARound = 100
const maxRatio = 1.1

let api: TestApi
let world: World
let people: readonly Person[]
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
let main: ProductionProcess
let receiver: Awaited<ReturnType<typeof startReceiver>>
let workers: Workers
let isBroken = false

/** Broken, each in its way: the connection is cut, nothing is ever said, it says that it cannot. */
const answer: Parameters<typeof startReceiver>[0] = {
  answer(response, { path }) {
    if (!isBroken) return response.writeHead(204).end()
    if (path === '/hook') return response.destroy()
    return path === '/slack' ? undefined : response.writeHead(503).end()
  },
}

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  people = await Promise.all(Array.from({ length: 4 }, () => world.createPerson()))
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
  const settings = { TRUSTED_PROXIES: '127.0.0.1/32' }
  main = await startProduction(api, { redis: gateway, settings })
  receiver = await startReceiver(answer)
  const at = (path: string) => `http://127.0.0.1:${receiver.port}${path}`
  workers = await runWorkers(api, 2, {
    SMTP_URL: 'smtp://127.0.0.1:9',
    ALERT_WEBHOOK_URL: at('/hook'),
    ALERT_WEBHOOK_SECRETS: randomBytes(32).toString('base64'),
    ALERT_SLACK_URL: at('/slack'),
    ALERT_PAGERDUTY_KEY: randomBytes(16).toString('hex'),
    ALERT_PAGERDUTY_URL: at('/pagerduty'),
  })
})
afterAll(async () => {
  main?.child.kill('SIGKILL')
  await workers?.close()
  await receiver?.close()
  await world?.close()
  await api?.close()
  await gateway?.close()
})

/** As the API does it, by its role; the ids of new alerts. */
async function raiseAlerts(): Promise<readonly string[]> {
  const sql = openSql(api.database.appUrl)
  const raised = await Promise.all(
    Array.from({ length: alertsARound }, () =>
      sql.run(
        `SELECT alert_id FROM identity.raise_alert('mass_export', 'critical', $1, 'A test.', 1, 1, now(), 3600)`,
        [crypto.randomUUID()],
      ),
    ),
  )
  await sql.close()
  return raised.flat().map(({ alert_id: id }) => String(id))
}

/** What was given up, and told in the log of a worker. */
async function readDeadLetters() {
  const sql = openSql(api.database.ownerUrl)
  const rows = await sql.run(
    `SELECT source_name AS queue FROM pgboss.job WHERE name = 'dead-letter' AND output IS NOT NULL`,
  )
  await sql.close()
  return rows
}

/** How long a client waits for what needs the database, in milliseconds. */
async function measure(): Promise<number[]> {
  const took: number[] = []
  for (let count = 0; count < requestsARound; count += 1) {
    const person = people[count % people.length]
    if (!person) throw new Error('There is nobody.')
    const begun = performance.now()
    const { status } = await request(`${main.url}/api/auth/session`, {
      cookie: secureCookieOf(person),
    })
    took.push(performance.now() - begun)
    expect(status).toBe(200)
  }
  return took
}

const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

const isOf = (id: string) => (one: Received) =>
  one.headers['webhook-id'] === id || one.body.includes(id)

test('receivers that are gone, slow or refusing slow no request, and get every alert later', async () => {
  await measure()
  const took = { whole: [] as number[], broken: [] as number[] }
  const ids: string[] = []
  for (let round = 0; round < rounds; round += 1) {
    isBroken = round % 2 === 1
    ids.push(...(await raiseAlerts()))
    took[isBroken ? 'broken' : 'whole'].push(...(await measure()))
  }
  const ratio = median(took.broken) / median(took.whole)
  print(`alerts to broken receivers: a request takes ${ratio.toFixed(2)} times as long`)
  isBroken = false
  const before = receiver.received.length
  await deliveriesSettled(api, 180_000)
  print(`${ids.length} alerts, ${receiver.received.length - before} attempts more after the end`)
  for (const path of ['/hook', '/slack', '/pagerduty']) {
    const arrived = receiver.received.filter((one) => one.path === path)
    expect(ids.filter((id) => !arrived.some(isOf(id)))).toEqual([])
  }
  expect(await readDeadLetters()).toEqual([])
  expect(ratio).toBeLessThanOrEqual(maxRatio)
}, 300_000)

test('an alert that a receiver will never take is given up, counted and told, and the others take it', async () => {
  const refusing = await startReceiver({
    answer: (response, { path }) => response.writeHead(path === '/hook' ? 410 : 204).end(),
  })
  const others = await runWorkers(api, 1, {
    SMTP_URL: 'smtp://127.0.0.1:9',
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${refusing.port}/hook`,
    ALERT_WEBHOOK_SECRETS: randomBytes(32).toString('base64'),
    ALERT_SLACK_URL: `http://127.0.0.1:${refusing.port}/slack`,
  })
  await workers.close()
  const ids = await raiseAlerts()
  await deliveriesSettled(api, 60_000)
  const taken = refusing.received.filter(({ path }) => path === '/slack')
  expect(ids.filter((id) => !taken.some(isOf(id)))).toEqual([])
  const refused = refusing.received.filter(({ path }) => path === '/hook')
  expect(refused).toHaveLength(ids.length)
  await expect.poll(readDeadLetters, { timeout: 60_000 }).toHaveLength(ids.length)
  expect(await readDeadLetters()).toEqual(Array(ids.length).fill({ queue: 'alert-webhook' }))
  await others.close()
  await refusing.close()
}, 180_000)
