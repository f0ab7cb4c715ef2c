import { createAuditKeeper, createAuditVerifier } from '@repo/audit'
import { openSql, type Sql } from '@repo/testing'
import { describe, expect, it, vi } from 'vitest'
import { createAdministrator, readAudit } from '../support/administer.ts'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import type { Person, World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

type Admin = Person & Pick<Visitor, 'ask'>

async function createAdmin(role = 'admin', organizationId = world.acme): Promise<Admin> {
  const person = await world.createPerson({ role, organizationId })
  return { ...person, ask: createVisitor(api, person.cookie).ask }
}

/** So many events of an organization, as if its members had done that much. */
async function addEvents(organizationId: string, count: number, bytes = 1): Promise<void> {
  await world.sql.run(
    `INSERT INTO audit_events (organization_id, action, target, outcome, request_id, after)
     SELECT $1, 'orders.create', number::text, 'success', 'r', jsonb_build_object('note', repeat('x', $3::int))
       FROM generate_series(1, $2::int) number`,
    [organizationId, count, bytes],
  )
}

/** More than the buffers of the system take: 20 pages of the export, 40 MB. */
const addManyEvents = (organizationId: string) => addEvents(organizationId, 10_000, 4_000)

const pathOf = (organizationId: string) => `/organizations/${organizationId}/audit-events` as const

async function exportOf({ cookie, organizationId }: Person, query = '') {
  const url = `${api.url}/api${pathOf(organizationId)}/export${query}`
  const answer = await request(url, { cookie })
  const lines = answer.text.split('\n').filter((line) => line !== '')
  return { ...answer, events: answer.status === 200 ? lines.map((line) => JSON.parse(line)) : [] }
}

describe('the log of an organization', () => {
  it('holds of a batch what was done in it, and not what its caller did elsewhere', async () => {
    const owner = await createAdmin('owner', world.globex)
    const root = await createAdministrator(world)
    const { id } = await world.createPerson()
    const paths = 'orders.create,admin.users.update'
    const order = { userId: root.id, currency: 'EUR', totalCents: 1 }
    const answer = await request(`${api.url}/trpc/${paths}?batch=1`, {
      ...{ method: 'POST', cookie: root.cookie },
      body: { 0: order, 1: { userId: id, name: 'Renamed' } },
    })
    expect(answer.status, answer.text).toBe(200)
    const events = await readAudit(world, root, { action: 'admin.users.update' })
    expect(events[0]).toMatchObject({ actor: root.id, target: id, organizationId: null })
    const { body } = await owner.ask(`GET ${pathOf(world.globex)}?limit=50`)
    const actions = Object(body)['items'].map((event: { action: string }) => event.action)
    expect(actions).toContain('orders.create')
    expect(actions).not.toContain('admin.users.update')
  })

  it.each(['owner', 'admin'])('is read by its %s: who did what', async (role) => {
    const admin = await createAdmin(role)
    const member = await world.createPerson()
    const made = await request(`${api.url}/api/users/${member.id}/orders`, {
      ...{ method: 'POST', cookie: member.cookie, address: '192.0.2.30' },
      body: { currency: 'EUR', totalCents: 1 },
    })
    await api.services.audit.flush()
    const { body } = await admin.ask(`GET ${pathOf(world.acme)}?limit=1`)
    expect(body?.['items']).toEqual([
      {
        ...{ id: expect.any(String), time: expect.any(String), organizationId: world.acme },
        ...{ actor: member.id, onBehalfOf: null, action: 'orders.create', outcome: 'success' },
        ...{ target: String(made.body?.['id']), code: null, address: '192.0.2.0/24' },
        ...{ requestId: made.headers.get('x-request-id'), before: null, after: null },
      },
    ])
  })

  it('is read page by page, and between two moments', async () => {
    const organizationId = await world.createTenant('Paged')
    const admin = await createAdmin('admin', organizationId)
    await addEvents(organizationId, 5)
    const targets: unknown[] = []
    let cursor = ''
    do {
      const { body } = await admin.ask(`GET ${pathOf(organizationId)}?limit=2${cursor}`)
      const items = body?.['items'] as { target: string }[]
      targets.push(...items.map(({ target }) => target))
      cursor = body?.['nextCursor'] ? `&cursor=${body['nextCursor']}` : ''
    } while (cursor)
    expect(targets).toEqual(['5', '4', '3', '2', '1'])
    const until = new Date(Date.now() - 3_600_000).toISOString()
    const { body } = await admin.ask(`GET ${pathOf(organizationId)}?until=${until}`)
    expect(body?.['items']).toEqual([])
  })

  it.each(['member', 'viewer'])('is nothing for a %s', async (role) => {
    const visitor = await createAdmin(role)
    for (const path of [pathOf(world.acme), `${pathOf(world.acme)}/export`] as const) {
      expect((await visitor.ask(`GET ${path}`)).status).toBe(403)
    }
  })

  it('of another tenant looks missing, exported too, and shows nothing of it', async () => {
    await addEvents(world.globex, 3)
    const admin = await createAdmin('owner')
    for (const path of [pathOf(world.globex), `${pathOf(world.globex)}/export`] as const) {
      expect((await admin.ask(`GET ${path}`)).status).toBe(404)
    }
    const { events } = await exportOf(admin)
    expect(events.length).toBeGreaterThan(0)
    expect(new Set(events.map(({ organizationId }) => organizationId))).toEqual(
      new Set([world.acme]),
    )
  })

  it('is nothing for who is no member, whatever the code above asks', async () => {
    await addEvents(world.globex, 1)
    const { id } = await createAdmin('owner')
    const { id: founder } = await world.createPerson({ organizationId: world.globex })
    const list = (byUser: string) =>
      api.services.auditTrail.list({ byUser, organizationId: world.globex, limit: 10 })
    expect(await list(id)).toEqual([])
    expect((await list(founder)).length).toBeGreaterThan(0)
  })

  it('is not read by a key, whatever its owner may', async () => {
    const admin = await createAdmin('owner')
    const permissions = ['auditEvent:read:any']
    const made = await admin.ask('POST /api-keys', { name: 'SIEM', permissions })
    expect(made.status).toBe(400)
  })

  it('is for a custom role that may see what all do, and not for one that is to see its own', async () => {
    for (const [reach, status] of [
      ['any', 200],
      ['own', 403],
    ] as const) {
      const person = await createAdmin('member')
      await world.sql.run(
        `WITH made AS (
           INSERT INTO custom_roles (id, organization_id, name, permissions)
           VALUES (gen_random_uuid(), $1, $2, ARRAY[$3]) RETURNING id)
         UPDATE memberships m SET role = 'custom', custom_role_id = made.id FROM made
          WHERE m.organization_id = $1 AND m.user_id = $4`,
        [world.acme, `auditor ${reach}`, `auditEvent:read:${reach}`, person.id],
      )
      expect((await person.ask(`GET ${pathOf(world.acme)}`)).status).toBe(status)
    }
  })
})

describe('the export', () => {
  it('has every event of the organization once, newest first, one on a line', async () => {
    const organizationId = await world.createTenant('Exported')
    const admin = await createAdmin('owner', organizationId)
    await addEvents(organizationId, 1_234)
    const { headers, events, status } = await exportOf(admin)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/jsonl')
    expect(headers.get('cache-control')).toContain('no-store')
    expect(headers.get('content-disposition')).toContain('audit-events.jsonl')
    const numbers = Array.from({ length: 1_234 }, (_, index) => String(1_234 - index))
    expect(events.map(({ target }) => target)).toEqual(numbers)
    const rest = await exportOf(admin, `?before=${events[1_230].id}`)
    expect(rest.events.map(({ target }) => target)).toEqual(['3', '2', '1'])
  })

  it('of an organization in which nothing happened is empty', async () => {
    const organizationId = await world.createTenant('Quiet')
    const answer = await exportOf(await createAdmin('owner', organizationId))
    expect([answer.status, answer.text]).toEqual([200, ''])
  })

  it('is limited as exports are', async () => {
    const admin = await createAdmin('owner', await world.createTenant('Eager'))
    const statuses = []
    for (let count = 0; count < 6; count += 1) statuses.push((await exportOf(admin)).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
  })

  it('to who reads slowly holds neither a connection nor a transaction, and little memory', async () => {
    const organizationId = await world.createTenant('Slow')
    const admin = await createAdmin('owner', organizationId)
    await addManyEvents(organizationId)
    const pages = vi.spyOn(api.services.auditTrail, 'list')
    const url = `${api.url}/api${pathOf(organizationId)}/export`
    const answer = await fetch(url, { headers: { cookie: admin.cookie } })
    const reader = answer.body?.getReader()
    await reader?.read()
    const busy = `SELECT count(*)::int AS busy FROM pg_stat_activity
      WHERE datname = current_database() AND usename = 'rampart_app' AND state <> 'idle'`
    await expect.poll(() => world.sql.run(busy)).toEqual([{ busy: 0 }])
    // As far as the buffers of the system reach: not to the end.
    expect(pages.mock.calls.length).toBeLessThan(15)
    await reader?.cancel()
    pages.mockRestore()
  })

  it.each([
    ['a member no longer', 'UPDATE memberships SET removed_at = now() WHERE user_id = $1'],
    ['no admin any more', "UPDATE memberships SET role = 'viewer' WHERE user_id = $1"],
    ['logged out', 'DELETE FROM sessions WHERE user_id = $1'],
  ])('breaks off, and not as a whole one ends, for who is %s', async (_what, change) => {
    const organizationId = await world.createTenant('Left')
    const admin = await createAdmin('admin', organizationId)
    await addManyEvents(organizationId)
    const url = `${api.url}/api${pathOf(organizationId)}/export`
    const answer = await fetch(url, { headers: { cookie: admin.cookie } })
    const reader = answer.body?.getReader()
    await reader?.read()
    await world.sql.run(change, [admin.id])
    let lines = 0
    const readAll = async () => {
      for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
        lines += new TextDecoder().decode(chunk.value).split('\n').length - 1
      }
    }
    await expect(readAll()).rejects.toThrow('terminated')
    expect(lines).toBeGreaterThan(0)
    expect(lines).toBeLessThan(9_000)
  })
})

describe('a person who is erased', () => {
  /** A role of the database, as the packages ask it. */
  const as = (sql: Sql) => ({
    // Parse boundary: the rows are as the statement's author says.
    query: async <Row>({ text, values }: { text: string; values: readonly unknown[] }) =>
      (await sql.run(text, values)) as Row[],
  })

  it('is gone from the log, which verifies as before', async () => {
    const admin = await createAdministrator(world)
    const person = await world.createPerson()
    const visitor = createVisitor(api, person.cookie)
    await visitor.ask(`PATCH /users/${person.id}`, { name: 'Somebody' })
    const about = { action: 'users.update', person: person.id }
    const [before] = await readAudit(world, admin, about)
    expect(before).toMatchObject({ actor: person.id, target: person.id })
    const [worker, platform] = [openSql(api.database.workerUrl), openSql(api.database.platformUrl)]
    const keeper = createAuditKeeper({ database: as(worker), clock: () => new Date() })
    await keeper.seal()
    expect((await visitor.ask('DELETE /account')).status).toBe(204)
    expect(await readAudit(world, admin, about)).toEqual([])
    const [after] = await readAudit(world, admin, { action: 'users.update' })
    expect(after).toMatchObject({ id: before?.['id'] })
    const pseudonym = String(after?.['actor'])
    expect(pseudonym).not.toBe(person.id)
    expect(after?.['target']).toBe(pseudonym)
    // What was recorded of the erasure itself has the same name.
    const [end] = await readAudit(world, admin, { action: 'account.delete' })
    expect(end).toMatchObject({ actor: pseudonym, outcome: 'success' })
    expect(await readAudit(world, admin, { person: pseudonym })).toHaveLength(2)
    const kept = () => world.sql.run('SELECT FROM audit_actors WHERE person = $1', [person.id])
    await keeper.forgetErased()
    expect(await kept()).toHaveLength(1)
    await world.sql.run(`UPDATE users SET deleted_at = now() - interval '2 hours' WHERE id = $1`, [
      person.id,
    ])
    expect(await keeper.forgetErased()).toBe(1)
    expect(await kept()).toEqual([])
    const text = JSON.stringify(await world.sql.run('SELECT to_jsonb(e) FROM audit_events e'))
    expect(text).not.toContain(person.id)
    await keeper.seal()
    expect(await createAuditVerifier(as(platform)).verify()).toMatchObject({ findings: [] })
    await Promise.all([worker.close(), platform.close()])
  })
})
