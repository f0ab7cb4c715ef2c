import { createAddressBlocks, createAlertStore, createDetection, ruleNames } from '@repo/detection'
import { createLimiter } from '@repo/rate-limit'
import { openRedis } from '@repo/redis'
import { createTestRedis } from '@repo/testing'
import { expect, it } from 'vitest'
import { askTimes, watchAlerts } from '../support/alerts.ts'
import type { Person, World } from '../support/create-world.ts'
import { type Attack, attacks } from '../support/load/attacks.ts'
import { ordinaryHour, seconds, secondsAtOnce } from '../support/load/ordinary-hour.ts'
import { anyAddress, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const patienceMs = 600_000

/** Lives through an hour in which attacks come one after the other, in its second half; what was raised. */
async function liveThrough(seed: number, coming: readonly Attack[]) {
  await world.sql.run('DELETE FROM alerts')
  const { database } = api.services.database
  const server = await createTestRedis()
  const connection = openRedis({ kind: 'upstash', ...server, timeoutMs: 60_000 })
  const redis = connection.client
  let passedMs = 0
  const clock = () => new Date(Date.now() + passedMs)
  const problems: unknown[] = []
  const onError = (error: unknown) => problems.push(error)
  const limiter = createLimiter({ redis, timeoutMs: 60_000, clockOffsetMs: () => passedMs })
  const blocks = createAddressBlocks({ database, clock, onError })
  const detection = createDetection({
    ...{ redis, blocks, onError, onDropped: onError },
    alerts: createAlertStore({ database, clock }),
    mayFailAgain: async (key) => (await limiter.decide([{ name: 'failedLogin', key }])).allowed,
    clockOffsetMs: () => passedMs,
    onAlert: () => {},
    onBlocked: () => {},
  })
  const waiting = [...coming]
  let seen = 0
  for (const events of ordinaryHour(seed)) {
    const isTime = passedMs / 1_000 > seconds / 2 && (passedMs / 1_000) % 120 === 0
    const attack = isTime ? (waiting.shift()?.events ?? []) : []
    for (const event of [...events, ...attack]) await detection.observe(event)
    seen += events.length
    await detection.flush()
    passedMs += secondsAtOnce * 1_000
  }
  await detection.close()
  blocks.close()
  await connection.close()
  await server.close()
  expect(waiting).toEqual([])
  expect(problems).toEqual([])
  return { seen, alerts: await world.sql.run('SELECT rule, subject FROM alerts ORDER BY first_at') }
}

it(
  'an ordinary hour of 200 users raises nothing',
  async () => {
    const { seen, alerts } = await liveThrough(1, [])
    expect(alerts).toEqual([])
    // It is no quiet one.
    expect(seen).toBeGreaterThan(35_000)
  },
  patienceMs,
)

it(
  'in the same hour each attack raises its alert, and no other',
  async () => {
    expect(new Set(attacks.map(({ rule }) => rule))).toEqual(new Set(ruleNames))
    const { alerts } = await liveThrough(1, attacks)
    expect(alerts).toEqual(attacks.map(({ rule, subject }) => ({ rule, subject })))
  },
  patienceMs,
)

/** What one person does within a minute: reads, a new order, a mistyped id, a field too many, now and then a wrong password. */
async function work({ id, email, cookie }: Person, address: string, minute: number): Promise<void> {
  const ask = (path: string, body?: unknown) =>
    request(`${api.url}${path}`, {
      ...{ cookie, address },
      ...(body === undefined ? {} : { method: 'POST', body }),
    })
  const orders = `/api/users/${id}/orders`
  const order = { currency: 'EUR', totalCents: 100 * minute, note: 'x'.repeat((minute * 37) % 400) }
  const statuses = [
    (await ask(orders)).status,
    (await ask(orders, order)).status,
    (await ask(orders, { ...order, unknown: 1 })).status,
    (await ask(`/api/orders/${1_000_000 + minute}`)).status,
    (await request(`${api.url}/api/auth/session`, { address })).status,
  ]
  expect(statuses).toEqual([200, 201, 400, 404, 401])
  if (minute % 4 === 0) await ask('/api/auth/login', { email, password: 'a typing error' })
}

it('ten ordinary minutes over HTTP raise nothing; with an attacker among them, one alert', async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => world.createPerson()))
  const places = people.map(anyAddress)
  const watch = await watchAlerts(world)
  async function liveThroughMinutes(from: number, to: number): Promise<void> {
    for (let minute = from; minute < to; minute += 1) {
      await Promise.all(people.map((person, index) => work(person, places[index] ?? '', minute)))
      await api.services.detection.flush()
      api.moveClock(60)
    }
  }
  await liveThroughMinutes(0, 10)
  expect(await watch.list()).toEqual([])
  await askTimes(60, () => request(`${api.url}/wp-login.php`, { address: '100.64.0.99' }))
  await liveThroughMinutes(10, 12)
  const alert = { rule: 'client_errors_by_address', subject: '100.64.0.99' }
  expect(await watch.list()).toEqual([alert])
})
