import { openDatabase } from '@repo/database'
import { createTestDatabase, type TestDatabase } from '@repo/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLog, eventOf, type TestLog } from '../test/create-log.ts'

let database: TestDatabase
let audit: TestLog

beforeEach(async () => {
  database = await createTestDatabase()
  audit = createLog(database)
})

afterEach(async () => {
  await audit.close()
  await database.drop()
})

const numbers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => String(from + index))

function record(targets: readonly string[]): void {
  for (const target of targets) audit.log.record(eventOf(target))
}

test('an event is kept as it was', async () => {
  const ids = {
    organizationId: crypto.randomUUID(),
    actor: crypto.randomUUID(),
    onBehalfOf: crypto.randomUUID(),
  }
  const states = { before: { role: null, count: 1 }, after: { role: 'admin', scopes: ['a', 'b'] } }
  const place = { address: '2001:db8::1', requestId: 'request-7' }
  const event = eventOf('order-1', {
    ...{ ...ids, ...place, ...states },
    ...{ outcome: 'denied', code: 'forbidden' },
  })
  audit.log.record(event)
  await audit.log.flush()
  const { organizationId, onBehalfOf, requestId, ...same } = event
  const row = {
    ...{
      ...same,
      address: '2001:db8::/48',
      organization_id: organizationId,
      request_id: requestId,
    },
    on_behalf_of: onBehalfOf,
  }
  expect(await audit.sql.run('SELECT * FROM audit_events')).toEqual([
    { ...row, id: expect.any(String) },
  ])
})

test('an event that nobody did for another, and that changed nothing to tell of, says so', async () => {
  audit.log.record(eventOf('order-1', { before: null, after: null }))
  audit.log.record(eventOf('order-2'))
  await audit.log.flush()
  const [first, second] = await audit.sql.run(
    'SELECT on_behalf_of, before, after FROM audit_events ORDER BY id',
  )
  expect(first).toEqual({ on_behalf_of: null, before: null, after: null })
  expect(second).toEqual(first)
})

test('events are written in the order they came, 500 in one statement', async () => {
  record(numbers(1_200))
  await audit.log.flush()
  expect(await audit.targets()).toEqual(numbers(1_200))
  const statements = 'SELECT count(*)::int AS rows FROM audit_events GROUP BY xmin::text ORDER BY 1'
  expect(await audit.sql.run(statements)).toEqual([{ rows: 200 }, { rows: 500 }, { rows: 500 }])
  expect(audit.reports).toEqual([])
})

test('an event is written by itself within half a second', async () => {
  record(['alone'])
  expect(await audit.targets()).toEqual([])
  await vi.waitFor(async () => expect(await audit.targets()).toEqual(['alone']), 5_000)
})

test('an event that is kept is stored when that is said', async () => {
  audit.log.record(eventOf('before'))
  await audit.log.keep(eventOf('kept'))
  expect(await audit.targets()).toEqual(['before', 'kept'])
})

test('events that are kept at once are stored together', async () => {
  await Promise.all(numbers(50).map((target) => audit.log.keep(eventOf(target))))
  expect(await audit.targets()).toEqual(numbers(50))
  const statements = 'SELECT FROM audit_events GROUP BY xmin::text'
  expect((await audit.sql.run(statements)).length).toBeLessThan(5)
})

test('an event that the database refuses holds up nobody who keeps another', async () => {
  const both = [audit.log.keep(eventOf('po\0ison')), audit.log.keep(eventOf('kept'))]
  await Promise.all(both)
  expect(await audit.targets()).toEqual(['kept'])
  expect(audit.reports).toMatchObject([{ dropped: 1 }])
})

test('who keeps an event does not wait for those that come after', async () => {
  const kept = audit.log.keep(eventOf('kept'))
  let coming = true
  const flood = (async () => {
    while (coming) {
      record(numbers(600))
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  await kept
  coming = false
  await flood
  expect((await audit.targets()).at(0)).toBe('kept')
})

test('closing writes what is waiting', async () => {
  record(numbers(3))
  await audit.log.close()
  expect(await audit.targets()).toEqual(numbers(3))
})

test('fields that are too long are cut, not refused', async () => {
  const long = 'x'.repeat(1_000)
  const event = eventOf(long, { action: long, code: long, requestId: long })
  audit.log.record(event)
  await audit.log.flush()
  const lengths = `SELECT length(action) AS action, length(target) AS target, length(code) AS code,
    length(request_id) AS request FROM audit_events`
  expect(await audit.sql.run(lengths)).toEqual([
    { action: 100, target: 200, code: 50, request: 64 },
  ])
})

test.each([
  ['192.0.2.30', '192.0.2.0/24'],
  ['2001:db8:1:2:3::4', '2001:db8:1::/48'],
  ['2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['x'.repeat(1_000), null],
])('of the address %s its network is kept: %s', async (address, kept) => {
  audit.log.record(eventOf('order-1', { address }))
  await audit.log.flush()
  expect(await audit.sql.run('SELECT address FROM audit_events')).toEqual([{ address: kept }])
})

test.each([
  ['a NUL', eventOf('po\0ison')],
  ['half a surrogate pair', eventOf('po\ud800ison')],
  ['an actor that is no id', eventOf('poison', { actor: 'somebody' })],
])('an event with %s is dropped and counted, and costs no other', async (_name, poison) => {
  record(['before'])
  audit.log.record(poison)
  record(['beside'])
  await audit.log.flush()
  expect(audit.reports).toMatchObject([{ error: { name: 'AppError' }, dropped: 1 }])
  record(['after'])
  await audit.log.flush()
  expect(await audit.targets()).toEqual(['before', 'beside', 'after'])
  expect(audit.reports).toHaveLength(1)
})

test('what overflows while Postgres is slow is counted once it answers', async () => {
  const locked = await lockTable()
  record(['first'])
  const flushed = audit.log.flush()
  await new Promise((resolve) => setImmediate(resolve))
  record(numbers(10_003))
  await locked.release()
  await flushed
  await audit.log.flush()
  expect(audit.reports).toMatchObject([{ dropped: 3 }])
  expect(await audit.targets()).toEqual(['first', ...numbers(10_000, 3)])
})

async function lockTable() {
  const released = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const owner = openDatabase({ url: database.ownerUrl })
  const held = owner.prisma.$transaction(async (client) => {
    await client.$executeRaw`LOCK TABLE audit_events`
    locked.resolve()
    await released.promise
  })
  await locked.promise
  async function release() {
    released.resolve()
    await held
    await owner.close()
  }
  return { release }
}
