import { randomUUID } from 'node:crypto'
import { openSql, type Sql } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { callRest, callTrpc } from '../support/call.ts'
import type { Person } from '../support/create-world.ts'
import { listProcedures } from '../support/procedures.ts'
import { type Answer, request } from '../support/request.ts'
import { createSubject, type Subject, samples } from '../support/samples.ts'
import { type BreakableApi, startBreakableApi } from './start-breakable-api.ts'
import { untilAnswer } from './until-answer.ts'

let breakable: BreakableApi
let person: Person
let subject: Subject
// The superuser, who alone sees what other roles wait for.
let admin: Sql

beforeAll(async () => {
  breakable = await startBreakableApi()
  admin = openSql(breakable.postgres.adminUrl)
  person = await breakable.world.createPerson()
  subject = await createSubject(breakable.world, person)
})

afterAll(async () => {
  await admin?.close()
  await breakable?.close()
})

const ask = (path: string) => request(breakable.api.url + path, { cookie: person.cookie })
const readOrder = () => ask(`/api/orders/${subject.orderId}`)
const isOk = ({ status }: Answer) => status === 200

// What only the driver, Prisma or Postgres would say.
const driverText = /ECONN|connect|terminat|postgres|prisma|127\.0\.0\.1|localhost|SELECT|timeout/i

function expectUnavailable({ status, headers, text, body }: Answer): void {
  expect(status, text).toBe(503)
  expect(text).toContain('unavailable')
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(JSON.stringify(body)).not.toMatch(driverText)
}

describe('while Postgres is gone', () => {
  beforeAll(async () => {
    expect((await readOrder()).status).toBe(200)
    await breakable.postgres.stop('immediate')
  })

  test.each(listProcedures(appRouter).map((procedure) => [procedure.path, procedure] as const))(
    '%s gets a clear 503 at once, over REST and over tRPC',
    async (path, procedure) => {
      const sample = samples[path]?.(subject)
      const { cookie } = person
      for (const call of [callRest, callTrpc]) {
        const start = performance.now()
        expectUnavailable(await call(breakable.api.url, procedure, sample, { cookie }))
        expect(performance.now() - start).toBeLessThan(5_000)
      }
    },
  )

  test('a REST caller gets a problem document', async () => {
    const answer = await readOrder()
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(answer.body).toMatchObject({ status: 503, code: 'unavailable' })
  })

  test('/readyz says 503; what needs no database goes on', async () => {
    const readiness = await ask('/readyz')
    expect(readiness.status).toBe(503)
    const checks = { postgres: 'unavailable', redis: 'ok', draining: false, overloaded: false }
    expect(readiness.body).toEqual({ status: 'unavailable', checks })
    expect((await ask('/healthz')).status).toBe(200)
    expect((await request(`${breakable.api.url}/openapi.json`)).status).toBe(200)
  })

  test('it heals within 5 s of its return, and what was refused meanwhile is in the audit log', async () => {
    const refused = await request(`${breakable.api.url}/api/users/${randomUUID()}/orders`)
    expect(refused.status).toBe(401)
    // In vain, so that the event has to be kept.
    await breakable.api.services.audit.flush()
    await breakable.postgres.start()
    expect(await untilAnswer(readOrder, isOk)).toBeLessThan(5_000)
    expect(await untilAnswer(() => ask('/readyz'), isOk)).toBeLessThan(5_000)
    const requestId = refused.headers.get('x-request-id')
    const event = { action: 'orders.list', outcome: 'denied', code: 'unauthenticated' }
    await expect.poll(() => findEvents(requestId)).toEqual([event])
  })
})

function findEvents(requestId: string | null) {
  const text = 'SELECT action, outcome, code FROM audit_events WHERE request_id = $1'
  return breakable.world.sql.run(text, [requestId])
}

test('Postgres restarted under a waiting change: 503, nothing half-written, and the next is served', async () => {
  const { world, api, postgres } = breakable
  const orderId = await world.createOrder(person)
  const url = `${api.url}/api/orders/${orderId}`
  const lock = await holdLock(orderId)
  const body = { status: 'paid', totalCents: 7 }
  const change = () => request(url, { method: 'PATCH', cookie: person.cookie, body })
  const waiting = change()
  await untilWaiting(1)
  await postgres.stop('immediate')
  expectUnavailable(await waiting)
  await lock.ended
  await postgres.start()
  const readThis = () => request(url, { cookie: person.cookie })
  expect(await untilAnswer(readThis, isOk)).toBeLessThan(5_000)
  expect((await readThis()).body).toMatchObject({ status: 'draft', totalCents: 1_000 })
  expect((await change()).body).toMatchObject({ status: 'paid', totalCents: 7 })
})

test('a full pool: bounded waits end in 503, other routes stay alive, and it heals', async () => {
  const { world, api } = breakable
  const orderId = await world.createOrder(person)
  const body = { status: 'paid' }
  const change = () =>
    request(`${api.url}/api/orders/${orderId}`, { method: 'PATCH', cookie: person.cookie, body })
  const lock = await holdLock(orderId)
  const start = performance.now()
  const changes = Promise.all(Array.from({ length: 25 }, change))
  await untilWaiting(10)
  for (const path of ['/healthz', '/openapi.json', '/docs']) {
    const asked = performance.now()
    expect((await request(api.url + path)).status).toBe(200)
    expect(performance.now() - asked).toBeLessThan(3_000)
  }
  // A caller who needs the database waits for a connection, and no longer than 2 s.
  expectUnavailable(await readOrder())
  for (const answer of await changes) expectUnavailable(answer)
  expect(performance.now() - start).toBeLessThan(12_000)
  await lock.release()
  expect((await change()).status).toBe(200)
})

test('a lock that another holds is given up after 3 s', async () => {
  const { world, api } = breakable
  const orderId = await world.createOrder(person)
  const lock = await holdLock(orderId)
  const start = performance.now()
  const url = `${api.url}/api/orders/${orderId}`
  expectUnavailable(await request(url, { method: 'DELETE', cookie: person.cookie }))
  // Before statement_timeout would end it.
  expect(performance.now() - start).toBeLessThan(4_900)
  await lock.release()
  expect((await request(url, { cookie: person.cookie })).status).toBe(200)
})

test('a slow statement is ended by Postgres after 5 s', async () => {
  const { database } = breakable.api.services.database
  const slow = { name: 'slow', text: 'SELECT pg_sleep(20)', values: [] }
  const start = performance.now()
  await expect(database.query(slow)).rejects.toMatchObject({
    code: 'unavailable',
    cause: { code: '57014' },
  })
  expect(performance.now() - start).toBeLessThan(15_000)
  const one = { name: 'one', text: 'SELECT 1 AS one', values: [] }
  expect(await database.query(one)).toEqual([{ one: 1 }])
})

/** Locks an order's row by a connection of another program, until it is released or cut. */
async function holdLock(orderId: number) {
  const text = `SELECT pg_sleep(30) FROM (SELECT id FROM orders WHERE id = ${orderId} FOR UPDATE) AS held`
  const ended = admin.run(text).catch(() => {})
  async function release() {
    const cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%AS held'"
    await admin.run(cancel)
    await ended
  }
  await expect.poll(() => count("query LIKE '%AS held' AND state = 'active'")).toBe(1)
  return { ended, release }
}

const count = async (condition: string) => {
  const text = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE ${condition}`
  const [row] = await admin.run(text)
  return row?.['count']
}

const untilWaiting = (connections: number) =>
  expect.poll(() => count("wait_event_type = 'Lock'")).toBe(connections)
