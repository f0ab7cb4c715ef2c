import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { callRest } from '../support/call.ts'
import { createCallers } from '../support/create-caller.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { listProcedures } from '../support/procedures.ts'
import { type Answer, type Asked, request } from '../support/request.ts'
import { createSubject } from '../support/samples.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { named, sampleOf } from '../support/walk.ts'

let api: TestApi
let world: World
let person: Person
let orderId: number

useWorld(async (made) => {
  ;({ api, world } = made)
  person = await world.createPerson()
  orderId = await world.createOrder(person)
})

const address = '192.0.2.30'
const ask = (method: string, path: string, asked: Asked = {}) =>
  request(api.url + path, { method, address, ...asked })

/** What the audit log says about the request that got this answer. */
async function recordsOf({ headers }: Answer) {
  await api.services.audit.flush()
  return world.sql.run(
    `SELECT organization_id, actor, action, target, outcome, code, address,
            abs(extract(epoch FROM now() - time)) < 60 AS is_recent
       FROM audit.page(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1000)
      WHERE request_id = $1 ORDER BY id`,
    [headers.get('x-request-id')],
  )
}

const record = (fields: Readonly<Record<string, unknown>>) => ({
  organization_id: world.acme,
  actor: person.id,
  target: null,
  outcome: 'success',
  code: null,
  address: '192.0.2.0/24',
  is_recent: true,
  ...fields,
})

const own = () => ({ cookie: person.cookie })

describe('a change', () => {
  it('is recorded with who, what, where and how it ended', async () => {
    const body = { currency: 'EUR', totalCents: 1 }
    const created = await ask('POST', `/api/users/${person.id}/orders`, { ...own(), body })
    expect(created.status).toBe(201)
    const target = String(created.body?.['id'])
    expect(await recordsOf(created)).toEqual([record({ action: 'orders.create', target })])

    const changed = await ask('PATCH', `/api/orders/${target}`, { ...own(), body: { note: 'x' } })
    expect(await recordsOf(changed)).toEqual([record({ action: 'orders.update', target })])

    const deleted = await ask('DELETE', `/api/orders/${target}`, own())
    expect(deleted.status).toBe(204)
    expect(await recordsOf(deleted)).toEqual([record({ action: 'orders.delete', target })])
  })

  it('is recorded once for every call of a batch', async () => {
    const body = { 0: { orderId, status: 'open' }, 1: { orderId: 2_147_483_647, status: 'open' } }
    const answer = await ask('POST', '/trpc/orders.update,orders.update?batch=1', {
      ...own(),
      body,
    })
    const records = await recordsOf(answer)
    expect(
      records.toSorted((one, other) =>
        String(one['outcome']) < String(other['outcome']) ? 1 : -1,
      ),
    ).toEqual([
      record({ action: 'orders.update', target: String(orderId) }),
      record({
        action: 'orders.update',
        target: '2147483647',
        outcome: 'denied',
        code: 'not_found',
      }),
    ])
  })

  it('of who is logged in is recorded with the one who came in or went', async () => {
    const { id, email } = await world.createPerson()
    const login = await ask('POST', '/api/auth/login', { body: { email, password } })
    const inside = { actor: id, organization_id: null }
    expect(await recordsOf(login)).toEqual([record({ action: 'auth.login', ...inside })])
    const cookie = login.headers.get('set-cookie')?.split(';')[0]
    const logout = await ask('POST', '/api/auth/logout', { cookie })
    expect(await recordsOf(logout)).toEqual([record({ action: 'auth.logout', ...inside })])
  })
})

describe('a refusal', () => {
  it('of a log-in is recorded without an actor and without what was typed', async () => {
    const body = { email: person.email, password: 'canary-of-the-audit' }
    const answer = await ask('POST', '/api/auth/login', { body })
    const refused = { outcome: 'denied', code: 'invalid_credentials' }
    const nobody = { actor: null, organization_id: null }
    expect(await recordsOf(answer)).toEqual([
      record({ action: 'auth.login', ...refused, ...nobody }),
    ])
    const count = 'SELECT count(*)::int AS found FROM audit_events e WHERE e::text LIKE $1'
    expect(await world.sql.run(count, ['%canary-of-the-audit%'])).toEqual([{ found: 0 }])
  })

  it('of nobody is recorded', async () => {
    const answer = await ask('GET', `/api/orders/${orderId}`)
    expect(await recordsOf(answer)).toEqual([
      record({
        action: 'orders.get',
        target: String(orderId),
        outcome: 'denied',
        code: 'unauthenticated',
        actor: null,
        organization_id: null,
      }),
    ])
  })

  it("of another tenant's object is recorded in the caller's own", async () => {
    const stranger = await world.createPerson({ organizationId: world.globex })
    const answer = await ask('GET', `/api/orders/${orderId}`, { cookie: stranger.cookie })
    expect(await recordsOf(answer)).toEqual([
      record({
        action: 'orders.get',
        target: String(orderId),
        outcome: 'denied',
        code: 'not_found',
        actor: stranger.id,
        organization_id: world.globex,
      }),
    ])
  })

  it('for want of a permission is recorded', async () => {
    const viewer = await world.createPerson({ role: 'viewer' })
    const answer = await ask('POST', `/api/users/${viewer.id}/orders`, {
      cookie: viewer.cookie,
      body: { currency: 'EUR', totalCents: 1 },
    })
    expect(await recordsOf(answer)).toEqual([
      record({
        action: 'orders.create',
        target: viewer.id,
        outcome: 'denied',
        code: 'forbidden',
        actor: viewer.id,
      }),
    ])
  })

  it('of hostile input keeps no text of the caller', async () => {
    const answer = await ask('GET', `/api/orders/${encodeURIComponent("1' OR '1'='1\n")}`, own())
    expect(await recordsOf(answer)).toEqual([
      record({ action: 'orders.get', outcome: 'denied', code: 'invalid_input' }),
    ])
  })
})

it.each(['/api/auth/session', '/api/organizations', '/trpc/auth.session'])(
  'a read is not recorded: %s',
  async (path) => {
    const answer = await ask('GET', path, own())
    expect(answer.status).toBe(200)
    expect(await recordsOf(answer)).toEqual([])
  },
)

describe('a change by an administrator of the platform', () => {
  const changes = listProcedures(appRouter).filter(
    ({ type, access }) => type === 'mutation' && access.door === 'admin',
  )

  it.each(named(changes))(
    '%s is recorded with what was, or what became of it',
    async (_path, procedure) => {
      const admin = await createCallers(world)('platform admin', person)
      const subject = await createSubject(world, await world.createPerson())
      const input = await sampleOf(procedure, { world, subject, caller: admin.person })
      const answer = await callRest(api.url, procedure, input, admin.asked)
      expect(answer.status, answer.text).toBeLessThan(300)
      await api.services.audit.flush()
      const [event] = await world.sql.run(
        'SELECT outcome::text, coalesce(before, after) AS state FROM audit_events WHERE request_id = $1',
        [answer.headers.get('x-request-id')],
      )
      expect(event).toEqual({ outcome: 'success', state: expect.any(Object) })
      expect(Object.keys(Object(event?.['state'])).length).toBeGreaterThan(0)
    },
  )
})

describe('the serving role', () => {
  it.each([
    ['changes', "UPDATE audit_events SET outcome = 'success'"],
    ['deletes', 'DELETE FROM audit_events'],
    ['reads', 'SELECT * FROM audit_events'],
    ['empties', 'TRUNCATE audit_events'],
  ])('never %s what is recorded', async (_verb, text) => {
    const { database } = api.services.database
    await expect(database.query({ name: 'audit_probe', text, values: [] })).rejects.toThrow()
    const [row] = await world.sql.run('SELECT count(*)::int AS kept FROM audit_events')
    expect(Number(row?.['kept'])).toBeGreaterThan(0)
  })
})
