import { startApp, startReceiver } from '@repo/testing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createAdministrator, readAudit } from '../support/administer.ts'
import type { World } from '../support/create-world.ts'
import { createMember, createOwner, type Member, outcomeOf } from '../support/organizations.ts'
import { problemOf } from '../support/problem-of.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

vi.setConfig({ testTimeout: 60_000 })
let world: World

useWorld((made) => {
  world = made.world
})

const path = ({ organizationId }: Member) => `/organizations/${organizationId}/webhooks` as const
const input = { url: 'https://receiver.test/hook', events: ['order.created'] }

/** An endpoint as its owner makes it. */
async function create(owner: Member, fields: object = {}) {
  const { status, body, text } = await owner.ask(`POST ${path(owner)}`, { ...input, ...fields })
  if (status !== 201) throw new Error(`The endpoint was not made: ${text}`)
  return { at: `${path(owner)}/${body?.['id']}` as const, secret: String(body?.['secret']), body }
}

const orderOf = ({ id }: Member, note: string) =>
  ({ route: `POST /users/${id}/orders`, order: { currency: 'EUR', totalCents: 5, note } }) as const

describe('an endpoint', () => {
  it('is made, listed, read, changed and deleted by its owners and admins', async () => {
    const owner = await createOwner(world)
    const { at, secret, body } = await create(owner, { description: 'Billing' })
    const endpoint = {
      id: expect.any(String),
      ...input,
      description: 'Billing',
      enabled: true,
      disabledReason: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    }
    expect(body).toEqual({ ...endpoint, secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/) })
    const admin = await createMember(world, owner.organizationId, 'admin')
    const listed = await admin.ask(`GET ${path(owner)}`)
    expect(listed.body).toEqual({ items: [endpoint], nextCursor: null })
    expect((await admin.ask(`GET ${at}`)).body).toEqual(endpoint)
    const changed = await admin.ask(`PATCH ${at}`, { events: ['*'], enabled: false })
    expect(changed.body).toEqual({ ...endpoint, events: ['*'], enabled: false })
    expect(listed.text + changed.text).not.toContain(secret)
    expect((await admin.ask(`DELETE ${at}`)).status).toBe(204)
    expect(outcomeOf(await owner.ask(`GET ${at}`))).toEqual([404, 'not_found'])
  })

  it('is on record with where its events go, and no more of its URL', async () => {
    const owner = await createOwner(world)
    const { at } = await create(owner, { url: 'https://one.test/hook?token=canary' })
    await owner.ask(`PATCH ${at}`, { url: 'https://two.test:8443/canary' })
    await owner.ask(`DELETE ${at}`)
    const admin = await createAdministrator(world)
    const { organizationId: organization } = owner
    const all = await readAudit(world, admin, { organization })
    const events = all.filter(({ action }) => String(action).startsWith('webhooks.'))
    const [one, two] = [
      { host: 'one.test', enabled: true },
      { host: 'two.test:8443', enabled: true },
    ]
    expect(events.map(({ action, before, after }) => ({ action, before, after }))).toEqual([
      { action: 'webhooks.delete', before: two, after: null },
      { action: 'webhooks.update', before: one, after: two },
      { action: 'webhooks.create', before: null, after: one },
    ])
    expect(JSON.stringify(events)).not.toContain('canary')
  })

  it('is changed on the condition that it is as it was seen', async () => {
    const owner = await createOwner(world)
    const { at } = await create(owner)
    const tag = (await owner.ask(`GET ${at}`)).headers.get('etag') ?? ''
    const change = (description: string) =>
      owner.ask(`PATCH ${at}`, { description }, { headers: { 'if-match': tag } })
    expect((await change('One')).status).toBe(200)
    expect(outcomeOf(await change('Two'))).toEqual([412, 'precondition_failed'])
  })

  it('is one of so many as the plan has, however many are made at once', async () => {
    const owner = await createOwner(world)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => owner.ask(`POST ${path(owner)}`, input)),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...[201, 201, 201, 201, 201],
      ...[409, 409, 409],
    ])
    expect(problemOf(answers.find(({ status }) => status === 409)?.body)?.code).toBe(
      'quota_exceeded',
    )
    await world.sql.run("UPDATE organizations SET plan = 'business' WHERE id = $1", [
      owner.organizationId,
    ])
    expect((await owner.ask(`POST ${path(owner)}`, input)).status).toBe(201)
  })

  it.each([
    ...['http://receiver.test/', 'https://127.0.0.1/', 'https://localhost/', 'https://10.0.0.1/'],
    ...['https://169.254.169.254/latest/', 'https://2130706433/', 'https://0x7f.1/'],
    ...['https://017700000001/', 'https://[::1]/', 'https://[fd00::1]/', 'https://intranet/'],
    ...['https://[::ffff:169.254.169.254]/', 'https://receiver.test:22/'],
    'https://metadata.google.internal/',
  ])('goes nowhere inwards: %s', async (url) => {
    const owner = await createOwner(world)
    const { at } = await create(owner)
    for (const answer of [
      await owner.ask(`POST ${path(owner)}`, { ...input, url }),
      await owner.ask(`PATCH ${at}`, { url }),
    ]) {
      expect(outcomeOf(answer)).toEqual([400, 'invalid_input'])
      expect(problemOf(answer.body)).toMatchObject({
        errors: [{ pointer: '/url', code: 'not_allowed' }],
      })
    }
    expect((await owner.ask(`PATCH ${at}`, { url: 'https://other.test:8443/' })).status).toBe(200)
  })

  it.each([
    { url: 'https://user:secret@receiver.test/' },
    { events: [] },
    { events: ['order.exploded'] },
    { description: 'x'.repeat(201) },
  ])('is not of %j', async (fields) => {
    const owner = await createOwner(world)
    const answer = await owner.ask(`POST ${path(owner)}`, { ...input, ...fields })
    expect(outcomeOf(answer)).toEqual([400, 'invalid_input'])
  })

  it('gets no test and no event again while it is disabled, and has its days again once it is not', async () => {
    const owner = await createOwner(world)
    const { at, body } = await create(owner)
    const { body: delivery } = await owner.ask(`POST ${at}/test`)
    await world.sql.run(
      `UPDATE webhook_endpoints SET enabled = false, disabled_reason = 'failing', failing_since = now()
        WHERE id = $1`,
      [body?.['id']],
    )
    const again = `POST ${at}/deliveries/${delivery?.['id']}/replay` as const
    expect(outcomeOf(await owner.ask(again))).toEqual([409, 'conflict'])
    expect(outcomeOf(await owner.ask(`POST ${at}/test`))).toEqual([409, 'conflict'])
    const enabled = await owner.ask(`PATCH ${at}`, { enabled: true })
    expect(enabled.body).toMatchObject({ enabled: true, disabledReason: null })
    const [row] = await world.sql.run('SELECT failing_since FROM webhook_endpoints WHERE id = $1', [
      body?.['id'],
    ])
    expect(row).toEqual({ failing_since: null })
    expect((await owner.ask(again)).status).toBe(201)
  })

  it('is gone with what was sent to it', async () => {
    const owner = await createOwner(world)
    const { at } = await create(owner)
    const { body: sent } = await owner.ask(`POST ${at}/test`)
    const delivery = `${at}/deliveries/${sent?.['id']}` as const
    expect((await owner.ask(`GET ${delivery}`)).status).toBe(200)
    expect((await owner.ask(`DELETE ${at}`)).status).toBe(204)
    for (const answer of [
      await owner.ask(`GET ${at}/deliveries`),
      await owner.ask(`GET ${delivery}`),
      await owner.ask(`POST ${delivery}/replay`),
    ]) {
      expect(outcomeOf(answer)).toEqual([404, 'not_found'])
    }
  })

  it('wants an authentication of the last 15 minutes, and is no business of members', async () => {
    const owner = await createOwner(world)
    const { at } = await create(owner)
    const member = await createMember(world, owner.organizationId, 'member')
    expect(outcomeOf(await member.ask(`GET ${path(owner)}`))).toEqual([403, 'forbidden'])
    expect(outcomeOf(await member.ask(`GET ${at}/deliveries`))).toEqual([404, 'not_found'])
    await world.sql.run(
      `UPDATE sessions SET authenticated_at = now() - interval '16 minutes' WHERE user_id = $1`,
      [owner.id],
    )
    expect(outcomeOf(await owner.ask(`POST ${at}/rotate-secret`, {}))).toEqual([
      ...[403, 'step_up_required'],
    ])
  })
})

describe('with a worker', () => {
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let local: TestApi
  let there: World
  let worker: ReturnType<typeof startApp>

  useWorld(
    (made) => {
      ;({ api: local, world: there } = made)
    },
    { environment: { WEBHOOKS_TO_LOOPBACK: 'true' } },
  )
  beforeAll(async () => {
    receiver = await startReceiver()
    worker = startApp('worker', {
      NODE_ENV: 'test',
      DATABASE_WORKER_URL: local.database.workerUrl,
      ENCRYPTION_KEYS: local.encryptionKeys,
      SMTP_URL: 'smtp://127.0.0.1:9',
      WEBHOOKS_TO_LOOPBACK: 'true',
    })
    await worker.untilReady()
  })
  afterAll(async () => {
    worker?.child.kill('SIGKILL')
    await receiver?.close()
  })

  const at = (path: string) => receiver.received.filter((one) => one.path === path)
  const newUrl = () => `http://127.0.0.1:${receiver.port}/${crypto.randomUUID()}`

  it('an order made through the API arrives as the API shows it, and can be sent again', async () => {
    const owner = await createOwner(there)
    const url = newUrl()
    const { at: endpoint, secret: old } = await create(owner, { url, events: ['*'] })
    const rotated = await owner.ask(`POST ${endpoint}/rotate-secret`, { overlapHours: 1 })
    const secret = String(rotated.body?.['secret'])
    expect(rotated.status).toBe(201)
    const { route, order } = orderOf(owner, 'a note')
    const { body: made } = await owner.ask(route, order)
    const { pathname } = new URL(url)
    await expect.poll(() => at(pathname).length, { timeout: 30_000 }).toBe(1)
    const [received] = at(pathname)
    if (!received) throw new Error('Nothing has come.')
    for (const known of [old, secret]) {
      // Node has each of these headers once.
      const headers = received.headers as Record<string, string>
      expect(new Webhook(known).verify(received.body, headers)).toMatchObject({
        type: 'order.created',
        organizationId: owner.organizationId,
        data: made,
      })
    }
    const list = () => owner.ask(`GET ${endpoint}/deliveries`)
    const delivered = {
      id: expect.any(String),
      eventId: received.headers['webhook-id'],
      type: 'order.created',
      status: 'delivered',
      attempts: [
        {
          ...{ number: 1, startedAt: expect.any(String), durationMs: expect.any(Number) },
          ...{ responseStatus: 204, errorKind: null },
        },
      ],
      nextAttemptAt: null,
      createdAt: expect.any(String),
    }
    await expect
      .poll(async () => (await list()).body, { timeout: 30_000 })
      .toEqual({ items: [delivered], nextCursor: null })
    const [first] = Array.from(Object((await list()).body?.['items']))
    const again = `${endpoint}/deliveries/${Reflect.get(Object(first), 'id')}` as const
    expect((await owner.ask(`GET ${again}`)).body).toEqual(delivered)
    const replayed = await owner.ask(`POST ${again}/replay`)
    expect([replayed.status, replayed.body?.['eventId']]).toEqual([201, delivered.eventId])
    await expect.poll(() => at(pathname).length, { timeout: 30_000 }).toBe(2)
    expect(at(pathname)[1]?.headers['webhook-id']).toBe(delivered.eventId)
    const newest = (await owner.ask(`GET ${endpoint}/deliveries?limit=1`)).body
    expect(newest).toMatchObject({ items: [{ id: replayed.body?.['id'] }] })
    const rest = await owner.ask(`GET ${endpoint}/deliveries?cursor=${newest?.['nextCursor']}`)
    expect(rest.body).toEqual({ items: [delivered], nextCursor: null })
    for (const text of [local.logText(), worker.output()]) {
      expect([old, secret, pathname].filter((held) => text.includes(held))).toEqual([])
    }
  })

  it('a call that fails tells nobody', async () => {
    const owner = await createOwner(there)
    const url = newUrl()
    await create(owner, { url, events: ['*'] })
    const { route, order } = orderOf(owner, 'n')
    expect((await owner.ask(route, { ...order, currency: 'XXX' })).status).toBe(400)
    expect((await owner.ask(route, order)).status).toBe(201)
    const { pathname } = new URL(url)
    await expect.poll(() => at(pathname).length, { timeout: 30_000 }).toBe(1)
  })
})
