import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventTypes } from './event-types.ts'

let database: TestDatabase
let sql: Sql
let organizationId: string
const userId = crypto.randomUUID()

beforeAll(async () => {
  database = await createTestDatabase()
  sql = openSql(database.ownerUrl)
  await sql.run(`INSERT INTO users (id, email, name) VALUES ($1, 'a@b.test', 'n')`, [userId])
})
afterAll(async () => {
  await sql?.close()
  await database?.drop()
})
beforeEach(async () => {
  organizationId = await createOrganization()
  await createEndpoint(organizationId)
})

async function createOrganization(): Promise<string> {
  const id = crypto.randomUUID()
  await sql.run(`INSERT INTO organizations (id, name) VALUES ($1, 'acme')`, [id])
  return id
}

async function createEndpoint(of: string, events = '{*}'): Promise<void> {
  await sql.run(
    `SELECT webhooks.create_endpoint($1, gen_random_uuid(), 'https://a.test/', '', $2, true, 's', '{"standard": 9}', now())`,
    [of, events],
  )
}

const told = async (of = organizationId) =>
  sql.run('SELECT type, data FROM webhook_events WHERE organization_id = $1 ORDER BY id', [of])
const typesOf = async (of?: string) => (await told(of)).map(({ type }) => type)

async function join(): Promise<void> {
  await sql.run(
    `INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'member')`,
    [organizationId, userId],
  )
}

test('the closed list is what the triggers tell', async () => {
  const rows = await sql.run(
    `SELECT encode(tgargs, 'escape') AS arguments FROM pg_trigger WHERE tgname = 'tell_webhooks'`,
  )
  const types = rows.flatMap((row) => {
    const [named = '', , verbs = ''] = String(row['arguments']).split('\\000')
    return verbs
      .slice(1, -1)
      .split(',')
      .map((verb) => `${named}.${verb}`)
  })
  expect(types.toSorted()).toEqual([...eventTypes])
})

test('who is asked for is of the tenant, before the delivery looks again', async () => {
  await createEndpoint(await createOrganization())
  const own = 'SELECT id FROM webhook_endpoints WHERE organization_id = $1'
  const asked = `SELECT id FROM webhooks.receivers_of($1, 'order.created') id`
  expect(await sql.run(asked, [organizationId])).toEqual(await sql.run(own, [organizationId]))
})

test('a member who leaves and comes back is told of as one who is removed and added', async () => {
  await join()
  const set = (change: string) =>
    sql.run(`UPDATE memberships SET ${change} WHERE organization_id = $1`, [organizationId])
  await set(`role = 'admin'`)
  await set('removed_at = now()')
  await set(`role = 'viewer'`)
  await set('removed_at = NULL')
  await sql.run('DELETE FROM memberships WHERE organization_id = $1', [organizationId])
  expect(await typesOf()).toEqual([
    ...['member.added', 'member.updated', 'member.removed', 'member.added', 'member.removed'],
  ])
  const [added] = await told()
  expect(added?.['data']).toEqual({ userId, role: 'member', createdAt: expect.any(String) })
})

test('a change of what nobody is shown is told to nobody', async () => {
  await join()
  await sql.run(
    `INSERT INTO files (id, organization_id, user_id, name, media_type, bytes, sha256, storage_key)
     VALUES (gen_random_uuid(), $1, $2, 'a.png', 'image/png', 1, repeat('a', 64), gen_random_uuid())`,
    [organizationId, userId],
  )
  const set = (change: string) =>
    sql.run(`UPDATE files SET ${change} WHERE organization_id = $1`, [organizationId])
  await set('storage_key = gen_random_uuid()')
  await set(`status = 'clean'`)
  expect(await typesOf()).toEqual(['member.added', 'file.created', 'file.updated'])
  expect(JSON.stringify(await told())).not.toContain('storage')
})

test('where nobody wants it, nothing is written', async () => {
  organizationId = await createOrganization()
  await createEndpoint(organizationId, '{order.created}')
  await join()
  expect(await told()).toEqual([])
})

test('an organization that is deleted tells nothing, and can go', async () => {
  await join()
  await sql.run('UPDATE organizations SET deleted_at = now() WHERE id = $1', [organizationId])
  await sql.run(`UPDATE memberships SET role = 'viewer' WHERE organization_id = $1`, [
    organizationId,
  ])
  await sql.run('DELETE FROM organizations WHERE id = $1', [organizationId])
  expect(await typesOf()).toEqual(['member.added'])
})

test('an organization that goes at once can go too', async () => {
  await join()
  await sql.run('DELETE FROM organizations WHERE id = $1', [organizationId])
  expect(await typesOf()).toEqual(['member.added'])
})

const ofOrganization = async (text: string) => (await sql.run(text, [organizationId])).length
const deliveries = () => ofOrganization('SELECT FROM webhook_deliveries WHERE organization_id = $1')

test('an endpoint goes at once, and what was sent to it with its events', async () => {
  await join()
  const remove = 'DELETE FROM webhook_endpoints WHERE organization_id = $1 RETURNING id'
  expect([await ofOrganization(remove), await deliveries()]).toEqual([1, 1])
  await sql.run('DELETE FROM webhook_events WHERE organization_id = $1', [organizationId])
  expect(await deliveries()).toBe(0)
})

const change = (of: string) =>
  `INSERT INTO memberships (organization_id, user_id, role) VALUES ('${of}', '${userId}', 'member')`
const remove = (of: string) => `DELETE FROM webhook_endpoints WHERE organization_id = '${of}'`

test.each([
  ['a change waits for no endpoint that goes', remove, change],
  ['an endpoint that goes waits for no change', change, remove],
])('%s, and both are done', async (_what, first, second) => {
  const holding = sql.run(`DO $$ BEGIN ${first(organizationId)}; PERFORM pg_sleep(5); END $$`)
  const asleep = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`
  await expect.poll(() => sql.run(asleep)).toHaveLength(1)
  await sql.run(second(organizationId))
  expect(await sql.run(asleep)).toHaveLength(1)
  await holding
  const there = (table: string) => ofOrganization(`SELECT FROM ${table} WHERE organization_id = $1`)
  expect([await there('memberships'), await there('webhook_endpoints')]).toEqual([1, 0])
})

test('nothing is on its way to an endpoint that has gone, or one of another organization', async () => {
  await join()
  const others = await createOrganization()
  await createEndpoint(others)
  const deliver = `SELECT webhooks.deliver(e.id, p.id) AS id FROM webhook_events e, webhook_endpoints p
                    WHERE e.organization_id = $1 AND p.organization_id = $2`
  const gone = `SELECT webhooks.deliver(e.id, gen_random_uuid()) AS id FROM webhook_events e
                 WHERE e.organization_id = $1`
  const jobs = () => sql.run(`SELECT FROM pgboss.job WHERE name = 'webhook-delivery'`)
  const { length } = await jobs()
  expect(await sql.run(gone, [organizationId])).toEqual([{ id: null }])
  expect(await sql.run(deliver, [organizationId, others])).toEqual([{ id: null }])
  expect([await deliveries(), (await jobs()).length]).toEqual([1, length])
  expect(await sql.run(deliver, [organizationId, organizationId])).toEqual([
    { id: expect.any(String) },
  ])
  expect([await deliveries(), (await jobs()).length]).toEqual([2, length + 1])
})

test('10 000 wait for an endpoint; one more has failed, and there is room again after', async () => {
  await join()
  await sql.run(
    `INSERT INTO webhook_deliveries (id, organization_id, endpoint_id, event_id, type)
     SELECT gen_random_uuid(), organization_id, endpoint_id, event_id, type
       FROM webhook_deliveries, generate_series(1, 9999) WHERE organization_id = $1`,
    [organizationId],
  )
  const send = async (of: string) => {
    const [sent] = await sql.run(
      `SELECT delivery_id AS id FROM webhook_endpoints p, webhooks.send_again($1, p.id) WHERE p.organization_id = $1`,
      [of],
    )
    const [row] = await sql.run(
      `SELECT status::text, next_attempt_at IS NOT NULL AS is_due,
              (SELECT count(*)::int FROM pgboss.job WHERE data->>'deliveryId' = d.id::text) AS jobs
         FROM webhook_deliveries d WHERE id = $1`,
      [sent?.['id']],
    )
    return row
  }
  const waits = { status: 'pending', is_due: true, jobs: 1 }
  const other = await createOrganization()
  await createEndpoint(other)
  expect(await send(organizationId)).toEqual({ status: 'failed', is_due: false, jobs: 0 })
  expect(await send(other)).toEqual(waits)
  await sql.run(
    `UPDATE webhook_deliveries SET status = 'delivered' WHERE id IN
      (SELECT id FROM webhook_deliveries WHERE organization_id = $1 AND status = 'pending' LIMIT 1)`,
    [organizationId],
  )
  expect(await send(organizationId)).toEqual(waits)
})

test('a new table is told of by one line, and by no column that it has not', async () => {
  await sql.run(
    'CREATE TABLE things (id int, organization_id uuid, secret_note text, due_at timestamptz)',
  )
  await expect(
    sql.run(`SELECT webhooks.publish('things', 'thing', '{id,missing}')`),
  ).rejects.toThrow('things has no column missing.')
  await sql.run(`SELECT webhooks.publish('things', 'thing', '{id,due_at}')`)
  await sql.run(`INSERT INTO things VALUES (1, $1, 'hidden', '2030-01-02T03:04:05+02')`, [
    organizationId,
  ])
  expect(await told()).toEqual([
    { type: 'thing.created', data: { id: 1, dueAt: '2030-01-02T01:04:05.000Z' } },
  ])
  await sql.run('DROP TABLE things')
})

test.each([
  ['read secrets', 'SELECT * FROM webhook_secrets'],
  ['read events', 'SELECT * FROM webhook_events'],
  ['publish', `SELECT webhooks.publish('orders', 'o', '{id}')`],
  ['send', 'SELECT webhooks.deliver(gen_random_uuid(), gen_random_uuid())'],
  [
    'end attempts',
    `SELECT webhooks.end_attempt(gen_random_uuid(), '', 1, now(), 1, 200, NULL, 1, 1)`,
  ],
  ['begin attempts', 'SELECT * FROM webhooks.begin_attempt(gen_random_uuid(), 1)'],
  ['add endpoints', `INSERT INTO webhook_endpoints (id) VALUES (gen_random_uuid())`],
  ['write deliveries', `UPDATE webhook_deliveries SET status = 'delivered'`],
])('whoever serves cannot %s', async (_what, text) => {
  const app = openSql(database.appUrl)
  await expect(app.run(text)).rejects.toThrow('permission denied')
  await app.close()
})

test.each([
  ['read secrets', 'SELECT * FROM webhook_secrets'],
  ['read endpoints', 'SELECT * FROM webhook_endpoints'],
  [
    'make endpoints',
    `SELECT webhooks.create_endpoint(NULL, NULL, '', '', '{}', true, '', '{}', now())`,
  ],
])('the worker cannot %s', async (_what, text) => {
  const worker = openSql(database.workerUrl)
  await expect(worker.run(text)).rejects.toThrow('permission denied')
  await worker.close()
})
