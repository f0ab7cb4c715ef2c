import { verifyWebhook } from '@repo/outbound'
import { openSql } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAdministrator } from '../support/administer.ts'
import { deliveriesSettled, startAlertReceivers } from '../support/alert-receivers.ts'
import { askTimes, watchAlerts } from '../support/alerts.ts'
import { createVisitor } from '../support/create-visitor.ts'
import type { World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { runWorkers, type Workers } from '../support/run-workers.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let receivers: Awaited<ReturnType<typeof startAlertReceivers>>
let workers: Workers

useWorld((made) => {
  ;({ api, world } = made)
})
beforeAll(async () => {
  receivers = await startAlertReceivers()
  workers = await runWorkers(api, 2, receivers.settingsOf)
})
afterAll(async () => {
  await workers?.close()
  await receivers?.close()
})

const withinMs = 2_000
const patient = { timeout: 30_000, interval: 20 }

const read = (path: string, address: string, cookie?: string) =>
  request(`${api.url}${path}`, { address, cookie })

/** Plays an attack; the alert that comes of it, and after how long its webhook was there. */
async function play({ attack, rule, subject }: Attack) {
  const watch = await watchAlerts(world)
  await attack()
  const begun = performance.now()
  const alert = await watch.waitFor(rule, subject)
  const count = () =>
    Object.values(receivers.findDeliveries(alert.id)).filter(({ length }) => length > 0).length
  await expect.poll(count, patient).toBe(4)
  return { alert, tookMs: receivers.arrivedAt(alert.id) - begun }
}

interface Attack {
  readonly attack: () => Promise<unknown>
  readonly rule: Parameters<Awaited<ReturnType<typeof watchAlerts>>['waitFor']>[0]
  readonly subject: string
}

const [guesser, prober, spiker] = ['203.0.113.201', '203.0.113.202', '203.0.113.203'] as const

describe('an attack is told to whoever is to act', () => {
  it('ten failed log-ins of one address (G27, G31), which is closed', async () => {
    const fail = () => {
      const body = { email: `${crypto.randomUUID()}@unknown.test`, password: 'a guess' }
      return createVisitor(api).ask('POST /auth/login', body, { address: guesser })
    }
    expect((await read('/api/auth/session', guesser)).status).toBe(401)
    const attack = () => askTimes(10, fail)
    const { alert, tookMs } = await play({ attack, rule: 'failed_log_ins', subject: guesser })
    expect(tookMs).toBeLessThan(withinMs)
    expect(await read('/api/auth/session', guesser)).toMatchObject({
      status: 429,
      body: { code: 'address_blocked' },
    })
    const { webhook, slack, pagerduty, email } = receivers.findDeliveries(alert.id)
    const [hook] = webhook
    if (!hook) throw new Error('There is no webhook.')
    const signed = { headers: hook.headers, body: hook.body }
    const now = new Date()
    expect(verifyWebhook({ ...signed, secrets: [receivers.secret], now })).toBe(alert.id)
    const changed = { ...signed, body: `${hook.body} ` }
    expect(verifyWebhook({ ...changed, secrets: [receivers.secret], now })).toBeNull()
    expect(JSON.parse(hook.body)).toMatchObject({
      ...{ type: 'alert.raised', id: alert.id },
      data: { rule: 'failed_log_ins', severity: 'warning', subject: guesser },
    })
    expect(slack[0]?.body).toContain(guesser)
    expect(JSON.parse(pagerduty[0]?.body ?? '')).toMatchObject({ event_action: 'trigger' })
    expect(email[0]).toMatchObject({ to: ['ops@acme.test'] })
    expect(email[0]?.text).toContain(guesser)
    api.moveClock(15 * 60)
    expect((await read('/api/auth/session', guesser)).status).toBe(401)
  })

  it('endpoints of administrators, called by somebody who is none (G28)', async () => {
    const { id, cookie } = await world.createPerson()
    const attack = () => askTimes(3, () => read('/api/admin/users', prober, cookie))
    await play({ attack, rule: 'admin_probing_by_user', subject: id })
  })

  it('a spike of requests that are refused (G29)', async () => {
    const attack = () => askTimes(60, (index) => read(`/nowhere/${index}`, spiker))
    await play({ attack, rule: 'client_errors_by_address', subject: spiker })
  })

  it('a request of unusual size (G30)', async () => {
    const { id, cookie } = await world.createPerson()
    const create = (length: number) =>
      request(`${api.url}/api/users/${id}/orders`, {
        ...{ method: 'POST', cookie },
        body: { currency: 'EUR', totalCents: 1, note: 'x'.repeat(length) },
      })
    const attack = async () => {
      await askTimes(60, (index) => create((index * 7) % 500))
      await api.services.detection.flush()
      expect((await create(40_000)).status).toBe(400)
    }
    await play({ attack, rule: 'unusual_request_size', subject: 'orders.create' })
  })
})

/** As the API does it, by its role. */
async function raiseAlerts(count: number): Promise<readonly string[]> {
  const sql = openSql(api.database.appUrl)
  const raise = () =>
    sql.run(
      `SELECT alert_id FROM identity.raise_alert('mass_export', 'critical', $1, 'A test.', 1, 1, now(), 3600)`,
      [crypto.randomUUID()],
    )
  const raised = await Promise.all(Array.from({ length: count }, raise))
  await sql.close()
  return raised.flat().map(({ alert_id: id }) => String(id))
}

it('two workers deliver each alert once by each way, under the alert’s id', async () => {
  const held = receivers.holdWebhooks()
  const raised = await raiseAlerts(6)
  // A worker brings two at once: where there are more, both are at work.
  await expect.poll(held.count, patient).toBeGreaterThan(2)
  held.letGo()
  await deliveriesSettled(api)
  const webhooks = raised.flatMap((id) => receivers.findDeliveries(id).webhook)
  expect(new Set(webhooks.map(({ path }) => path))).toEqual(
    new Set(['/hook?worker=0', '/hook?worker=1']),
  )
  const { ask } = await createAdministrator(world)
  const { body } = await ask('GET /admin/alerts?limit=100')
  const alerts = body?.['items']
  if (!Array.isArray(alerts)) throw new Error('There are no alerts.')
  expect(alerts.map(({ id }) => id)).toEqual(expect.arrayContaining([...raised]))
  expect(alerts.length).toBeGreaterThan(raised.length + 3)
  for (const { id } of alerts) {
    const counts = Object.values(receivers.findDeliveries(id)).map(({ length }) => length)
    expect(counts, id).toEqual([1, 1, 1, 1])
  }
})
