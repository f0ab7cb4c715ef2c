import type { ServerResponse } from 'node:http'
import { type Received, startReceiver } from '@repo/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startWorker } from './start-worker.ts'
import { useWebhooks, verify } from './use-webhooks.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

vi.setConfig({ testTimeout: 90_000 })
const database = useWorkerDatabase()
const webhooks = useWebhooks(database)
const patient = { timeout: 60_000 }
let receiver: Awaited<ReturnType<typeof startReceiver>>
let worker: Awaited<ReturnType<typeof startWorker>>
/** What a path answers; 204 where nothing is said. */
const answers = new Map<string, (response: ServerResponse, count: number) => void>()

beforeAll(async () => {
  receiver = await startReceiver({
    answer(response, { path }) {
      const answer = answers.get(path)
      if (answer) return answer(response, at(path).length)
      response.writeHead(204).end()
    },
  })
  worker = await startWorker(database, { WEBHOOKS_TO_LOOPBACK: 'true' })
})
afterAll(async () => {
  await worker?.close()
  await receiver?.close()
})
afterEach(() => {
  answers.clear()
  vi.useRealTimers()
})

const urlOf = (path: string) => `http://127.0.0.1:${receiver.port}${path}`
const at = (path: string): readonly Received[] =>
  receiver.received.filter((one) => one.path === path)
const newPath = () => `/${crypto.randomUUID()}`
const status =
  (code: number, headers = {}) =>
  (response: ServerResponse) => {
    response.writeHead(code, headers).end('a secret of the receiver')
  }

async function createReceiver(endpoint: Parameters<typeof webhooks.create>[2] = {}) {
  const person = await database.createPerson()
  const path = newPath()
  const { id, secret } = await webhooks.create(person, urlOf(path), endpoint)
  const of = { endpointId: id, organizationId: person.organizationId }
  return { person, path, id, secret, of }
}

const arrived = (path: string, count = 1) =>
  expect.poll(() => at(path).length, patient).toBeGreaterThanOrEqual(count)

test('a change arrives, signed, with what the API shows of it and nothing else', async () => {
  const { person, path, secret } = await createReceiver()
  const id = await webhooks.createOrder(person, 'a note')
  await arrived(path)
  const [received] = at(path)
  const event = received && verify(received, secret)
  expect(event).toEqual({
    id: received?.headers['webhook-id'],
    type: 'order.created',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    organizationId: person.organizationId,
    data: {
      ...{ id, userId: person.userId, status: 'draft', currency: 'EUR', totalCents: 100 },
      ...{ note: 'a note', createdAt: expect.any(String), updatedAt: expect.any(String) },
    },
  })
})

test('nothing goes to another tenant, a type that is not wanted, or an endpoint that is disabled', async () => {
  const { person, path } = await createReceiver()
  const others = await createReceiver()
  const [unwanted, disabled] = [newPath(), newPath()]
  await webhooks.create(person, urlOf(unwanted), { events: ['order.deleted'] })
  const { id: disabledId } = await webhooks.create(person, urlOf(disabled), { enabled: false })
  const id = await webhooks.createOrder(person)
  await database.owner.run('DELETE FROM orders WHERE id = $1', [id])
  await arrived(path, 2)
  await arrived(unwanted)
  expect(at(unwanted).map(({ body }) => JSON.parse(body).type)).toEqual(['order.deleted'])
  expect([at(others.path), at(disabled)]).toEqual([[], []])
  expect(await webhooks.deliveries(disabledId)).toEqual([])
})

test('what is rolled back is told to nobody', async () => {
  const { person, path } = await createReceiver()
  await database.owner.run(`DO $$ BEGIN
    INSERT INTO orders (organization_id, user_id, currency, total_cents, note)
    VALUES ('${person.organizationId}', '${person.userId}', 'EUR', 1, 'undone');
    RAISE EXCEPTION 'undone';
  EXCEPTION WHEN raise_exception THEN NULL; END $$`)
  await webhooks.createOrder(person, 'done')
  await arrived(path)
  expect(at(path).map(({ body }) => JSON.parse(body).data.note)).toEqual(['done'])
})

test("another's library refuses it 6 minutes later, with another time, and by another secret", async () => {
  const { person, path, secret } = await createReceiver()
  await webhooks.createOrder(person)
  await arrived(path)
  const [received] = at(path)
  if (!received) throw new Error('Nothing has come.')
  const seconds = Number(received.headers['webhook-timestamp'])
  const headers = { ...received.headers, 'webhook-timestamp': String(seconds + 1) }
  expect(() => verify({ ...received, headers }, secret)).toThrow('No matching signature')
  expect(() => verify(received, `whsec_${Buffer.alloc(32, 1).toString('base64')}`)).toThrow()
  expect(verify(received, secret)).toBeTruthy()
  vi.useFakeTimers({ now: Date.now() + 6 * 60_000, toFake: ['Date'] })
  expect(() => verify(received, secret)).toThrow('too old')
})

test('of two secrets each verifies while both are good, and the new one alone from then', async () => {
  const { person, path, id, secret: old, of } = await createReceiver()
  const { secret } = await webhooks.rotate(of, 24)
  await webhooks.createOrder(person)
  await arrived(path)
  const [both] = at(path)
  if (!both) throw new Error('Nothing has come.')
  expect(verify(both, old)).toEqual(verify(both, secret))
  const over = `UPDATE webhook_secrets SET until = now() - interval '1 second' WHERE endpoint_id = $1 AND until IS NOT NULL`
  await database.owner.run(over, [id])
  await webhooks.createOrder(person)
  await arrived(path, 2)
  const [, later] = at(path)
  if (!later) throw new Error('Nothing has come.')
  expect(verify(later, secret)).toBeTruthy()
  expect(() => verify(later, old)).toThrow('No matching signature')
})

test('who rotates again breaks no promise: the first secret verifies too, until 0 hours end them all', async () => {
  const { person, path, secret: first, of } = await createReceiver()
  const second = await webhooks.rotate(of, 24)
  const third = await webhooks.rotate(of, 1)
  await webhooks.createOrder(person)
  await arrived(path)
  const [all] = at(path)
  if (!all) throw new Error('Nothing has come.')
  for (const { secret } of [{ secret: first }, second, third])
    expect(verify(all, secret)).toBeTruthy()
  for (let more = 0; more < 2; more += 1) await webhooks.rotate(of, 24)
  await expect(webhooks.rotate(of, 24)).rejects.toMatchObject({ code: 'conflict' })
  const { secret: last } = await webhooks.rotate(of, 0)
  await webhooks.createOrder(person)
  await arrived(path, 2)
  const [, alone] = at(path)
  if (!alone) throw new Error('Nothing has come.')
  expect(verify(alone, last)).toBeTruthy()
  expect(alone.headers['webhook-signature']).not.toContain(' ')
})

test('what a receiver answers after its endpoint has moved says nothing of the new one', async () => {
  const { person, path, id } = await createReceiver()
  const moved = Promise.withResolvers<void>()
  answers.set(path, (response) => void moved.promise.then(() => status(410)(response)))
  await webhooks.createOrder(person)
  await arrived(path)
  await database.owner.run(`UPDATE webhook_endpoints SET url = url || '?new' WHERE id = $1`, [id])
  moved.resolve()
  await expect.poll(() => webhooks.attempts(id), patient).toMatchObject([{ response_status: 410 }])
  expect(
    await database.owner.run('SELECT enabled, failing_since FROM webhook_endpoints WHERE id = $1', [
      id,
    ]),
  ).toEqual([{ enabled: true, failing_since: null }])
})

test('what is not taken comes again under the same id, and each attempt is on record', async () => {
  const { person, path, id } = await createReceiver()
  answers.set(path, (response, count) => status(count === 1 ? 503 : 204)(response))
  await webhooks.createOrder(person)
  await expect.poll(() => webhooks.attempts(id), patient).toHaveLength(1)
  const [waiting] = await webhooks.deliveries(id)
  expect(waiting).toMatchObject({ status: 'pending' })
  const waitMs = Number(waiting?.['next_attempt_at']) - Date.now()
  expect(waitMs).toBeLessThan(12_600)
  await webhooks.hurry()
  await arrived(path, 2)
  const [first, second] = at(path)
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  expect(second?.body).toBe(first?.body)
  await expect
    .poll(() => webhooks.attempts(id), patient)
    .toEqual([
      { number: 1, response_status: 503, error_kind: 'status' },
      { number: 2, response_status: 204, error_kind: null },
    ])
  expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'delivered' }])
  expect(await webhooks.endpoint(id)).toMatchObject({ enabled: true, failing_since: null })
})

test('a receiver that asks to be left alone is, for as long as it says', async () => {
  const { person, path, id } = await createReceiver()
  answers.set(path, status(429, { 'retry-after': '1800' }))
  await webhooks.createOrder(person)
  await expect.poll(() => webhooks.attempts(id), patient).toHaveLength(1)
  const [waiting] = await webhooks.deliveries(id)
  const waitMs = Number(waiting?.['next_attempt_at']) - Date.now()
  expect(waitMs).toBeGreaterThan(1_790_000)
  expect(waitMs).toBeLessThanOrEqual(1_800_000)
})

test('the last attempt ends it', async () => {
  const { person, path, id } = await createReceiver()
  answers.set(path, status(500))
  await webhooks.createOrder(person)
  for (let attempt = 1; attempt <= 16; attempt += 1) {
    await expect.poll(() => webhooks.attempts(id), patient).toHaveLength(attempt)
    await webhooks.hurry()
  }
  expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'failed', next_attempt_at: null }])
  expect(new Set(at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(1)
})

test('a redirect is not followed', async () => {
  const { person, path, id } = await createReceiver()
  const elsewhere = newPath()
  answers.set(path, status(302, { location: urlOf(elsewhere) }))
  await webhooks.createOrder(person)
  await expect
    .poll(() => webhooks.attempts(id), patient)
    .toEqual([{ number: 1, response_status: 302, error_kind: 'status' }])
  expect(at(elsewhere)).toEqual([])
})

async function mails(): Promise<number> {
  return (await database.owner.run(`SELECT FROM pgboss.job WHERE name = 'mail'`)).length
}

test('410 disables the endpoint; its owners are told, and what waits is not sent', async () => {
  const { person, path, id } = await createReceiver()
  const before = await mails()
  answers.set(path, status(503))
  await webhooks.createOrder(person)
  await expect.poll(() => webhooks.attempts(id), patient).toHaveLength(1)
  answers.set(path, status(410))
  await webhooks.createOrder(person)
  await expect
    .poll(() => webhooks.endpoint(id), patient)
    .toMatchObject({ enabled: false, disabled_reason: 'gone' })
  await webhooks.hurry()
  await expect
    .poll(() => webhooks.deliveries(id), patient)
    .toMatchObject([{ status: 'cancelled' }, { status: 'failed' }])
  await webhooks.createOrder(person)
  expect(await webhooks.deliveries(id)).toHaveLength(2)
  expect(at(path)).toHaveLength(2)
  await expect.poll(async () => (await mails()) - before, patient).toBe(1)
})

test('an endpoint that is enabled again and again is told of once in 20 minutes, while it is disabled', async () => {
  const { path, id, of } = await createReceiver()
  const before = await mails()
  answers.set(path, status(410))
  const disabled = { enabled: false, disabled_reason: 'gone' }
  const enable = `UPDATE webhook_endpoints SET enabled = true, disabled_reason = NULL WHERE id = $1`
  for (let count = 1; count <= 3; count += 1) {
    await database.owner.run(enable, [id])
    await webhooks.service.send(of)
    await arrived(path, count)
    await expect.poll(() => webhooks.endpoint(id), patient).toMatchObject(disabled)
  }
  const told = () =>
    database.owner.run(
      `SELECT state::text, extract(epoch FROM start_after - created_on)::int / 60 AS minutes
         FROM pgboss.job WHERE name = 'webhook-disabled' AND data->>'endpointId' = $1`,
      [id],
    )
  expect(await told()).toEqual([{ state: 'created', minutes: 20 }])
  await database.owner.run(enable, [id])
  await webhooks.hurry()
  await expect.poll(told, patient).toMatchObject([{ state: 'completed' }])
  expect((await mails()) - before).toBe(0)
})

test('an endpoint that has taken nothing for 5 days is disabled, and one that takes something has them again', async () => {
  const failing = await createReceiver()
  const mended = await createReceiver()
  const fail = `UPDATE webhook_endpoints SET failing_since = now() - interval '121 hours' WHERE id = ANY($1)`
  await database.owner.run(fail, [[failing.id, mended.id]])
  answers.set(failing.path, status(500))
  await webhooks.createOrder(failing.person)
  await webhooks.createOrder(mended.person)
  await expect
    .poll(() => webhooks.endpoint(failing.id), patient)
    .toMatchObject({ enabled: false, disabled_reason: 'failing' })
  await expect
    .poll(() => webhooks.endpoint(mended.id), patient)
    .toMatchObject({ enabled: true, failing_since: null })
})

test('a tenant whose endpoints all hang has four requests at a time, and holds no other back', async () => {
  const { person, path } = await createReceiver()
  const alive = await createReceiver()
  const dead = [path, ...Array.from({ length: 19 }, newPath)]
  for (const one of dead.slice(1)) await webhooks.create(person, urlOf(one))
  let open = 0
  let most = 0
  for (const one of dead) {
    answers.set(one, (response) => {
      open += 1
      most = Math.max(most, open)
      response.on('close', () => {
        open -= 1
      })
    })
  }
  await webhooks.createOrder(person)
  await webhooks.createOrder(person)
  const hang = () => dead.flatMap((one) => at(one)).length
  await expect.poll(hang, patient).toBe(4)
  const begun = performance.now()
  await webhooks.createOrder(alive.person)
  await arrived(alive.path)
  expect(performance.now() - begun).toBeLessThan(3_000)
  // The next ones, once the first have been given up: of one organization still.
  await expect.poll(hang, patient).toBeGreaterThan(4)
  await webhooks.createOrder(alive.person)
  await arrived(alive.path, 2)
  expect(most).toBe(4)
  await database.owner.run('DELETE FROM webhook_endpoints WHERE organization_id = $1', [
    person.organizationId,
  ])
})

test('an event that is sent again has the id it had', async () => {
  const { person, path, id, of } = await createReceiver()
  await webhooks.createOrder(person)
  await expect.poll(() => webhooks.deliveries(id), patient).toMatchObject([{ status: 'delivered' }])
  const [first] = await webhooks.deliveries(id)
  await webhooks.service.send(of, String(first?.['id']))
  await arrived(path, 2)
  const [one, again] = at(path)
  expect(again?.headers['webhook-id']).toBe(one?.headers['webhook-id'])
  expect(again?.body).toBe(one?.body)
  await webhooks.service.send(of)
  await arrived(path, 3)
  expect(JSON.parse(at(path)[2]?.body ?? '')).toMatchObject({ type: 'webhook.test', data: {} })
})

test('neither the log nor the database has a secret, a URL of one or what a receiver said', async () => {
  const { person, path, secret, of } = await createReceiver()
  const { secret: next } = await webhooks.rotate(of, 1)
  answers.set(path, status(500))
  await webhooks.createOrder(person)
  await arrived(path)
  const log = JSON.stringify(worker.lines)
  const rows = JSON.stringify([
    await database.owner.run('SELECT * FROM webhook_secrets'),
    await database.owner.run('SELECT * FROM webhook_attempts'),
    await database.owner.run(`SELECT data, output FROM pgboss.job WHERE name LIKE 'webhook%'`),
  ])
  for (const held of [secret, next, secret.slice(6), 'a secret of the receiver', path]) {
    expect([log.includes(held), rows.includes(held)]).toEqual([false, false])
  }
})
