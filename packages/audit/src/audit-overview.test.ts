import { type Database, openDatabase } from '@repo/database'
import { createTestDatabase, type TestDatabase } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog, eventOf, type TestLog } from '../test/create-log.ts'
import { createAuditKeeper } from './audit-keeper.ts'
import { createAuditOverview } from './audit-overview.ts'

let database: TestDatabase
let audit: TestLog
let worker: Database
let platform: Database

const now = new Date('2026-11-20T12:20:00Z')
const denied = { action: 'orders.get', outcome: 'denied', code: 'not_found' } as const
const failedLogIn = {
  action: 'auth.login',
  outcome: 'denied',
  code: 'invalid_credentials',
} as const

beforeEach(async () => {
  database = await createTestDatabase()
  audit = createLog(database)
  worker = openDatabase({ url: database.workerUrl })
  platform = openDatabase({ url: database.platformUrl })
})

afterEach(async () => {
  await Promise.all([audit.close(), worker.close(), platform.close()])
  await database.drop()
})

const keeper = () => createAuditKeeper({ database: worker, clock: () => new Date() })
const overview = () => createAuditOverview(platform)
const count = async () => {
  await keeper().seal()
  return keeper().count()
}

async function record(
  times: number,
  time: string,
  more: Parameters<typeof eventOf>[1],
): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    audit.log.record(eventOf('target', { time: new Date(time), ...more }))
  }
  await audit.log.flush()
}

const lastHour = async () =>
  (await overview().listRefusals({ now, steps: 4, stepMinutes: 15 })).map(
    ({ at, failedLogIns, others }) => [at.toISOString().slice(11, 16), failedLogIns, others],
  )

test('what was refused is seen at once, and counted once: before it is sealed and after', async () => {
  await record(2, '2026-11-20T11:59:59Z', denied)
  await record(3, '2026-11-20T12:00:00Z', failedLogIn)
  await record(1, '2026-11-20T12:19:00Z', denied)
  await record(5, '2026-11-20T12:19:00Z', { action: 'orders.create' })
  await record(7, '2026-11-20T10:00:00Z', denied)
  const seen = [
    ['11:30', 0, 0],
    ['11:45', 0, 2],
    ['12:00', 3, 0],
    ['12:15', 0, 1],
  ]
  expect(await lastHour()).toEqual(seen)
  // Nothing is counted before it is sealed: somebody could still be writing it.
  expect(await keeper().count()).toBe(0)
  expect(await count()).toBe(18)
  expect(await lastHour()).toEqual(seen)
  expect(await count()).toBe(0)
  await record(1, '2026-11-20T12:00:00Z', failedLogIn)
  expect((await lastHour())[2]).toEqual(['12:00', 4, 0])
  await Promise.all([count(), count()])
  expect((await lastHour())[2]).toEqual(['12:00', 4, 0])
})

test('networks are told by how much was refused them, those that were let in not at all', async () => {
  await record(2, '2026-11-20T12:00:00Z', { ...denied, address: '192.0.2.1' })
  await record(3, '2026-11-20T12:10:00Z', { ...failedLogIn, address: '198.51.100.9' })
  await count()
  await record(1, '2026-11-20T12:11:00Z', { ...denied, address: '198.51.100.10' })
  await record(9, '2026-11-20T12:11:00Z', { address: '203.0.113.1' })
  await record(9, '2026-11-20T10:00:00Z', { ...denied, address: '203.0.113.1' })
  expect(await overview().listSources(new Date('2026-11-20T11:20:00Z'), 20)).toEqual([
    { network: '198.51.100.0/24', refusals: 4, failedLogIns: 3 },
    { network: '192.0.2.0/24', refusals: 2, failedLogIns: 0 },
  ])
})

const insert = (rows: number, columns: string) =>
  audit.sql.run(`
    INSERT INTO audit_events (time, action, outcome, code, address, request_id)
    SELECT ${columns}, 'r' FROM generate_series(1, ${rows}) g`)

test('a flood of networks takes the place of a thousand, and who is loud in it is still told apart', async () => {
  const time = `'2026-11-20T12:00:00Z'::timestamptz`
  const anywhere = `'10.' || g / 256 || '.' || g % 256 || '.1'`
  await insert(4_000, `${time}, 'orders.get', 'denied', 'not_found', ${anywhere}`)
  await count()
  await insert(50, `${time}, 'auth.login', 'denied', 'invalid_credentials', '192.0.2.77'`)
  await insert(
    4_000,
    `${time}, 'orders.get', 'denied', 'not_found', '11.' || g / 256 || '.' || g % 256 || '.1'`,
  )
  await count()
  const [kept] = await audit.sql.run('SELECT count(*)::int AS rows FROM audit.source_counts')
  expect(kept).toEqual({ rows: 1_002 })
  const [rest, loudest] = await overview().listSources(new Date('2026-11-20T11:20:00Z'), 20)
  expect(rest).toEqual({ network: '', refusals: 7_000, failedLogIns: 0 })
  expect(loudest).toEqual({ network: '192.0.2.0/24', refusals: 50, failedLogIns: 50 })
})

test('a network that is kept apart stays so when a flood has taken the other places', async () => {
  const time = `'2026-11-20T12:00:00Z'::timestamptz`
  const refused = `${time}, 'orders.get', 'denied', 'not_found'`
  await insert(9, `${refused}, '192.0.2.77'`)
  await count()
  for (const net of [10, 11]) {
    await insert(2_000, `${refused}, '${net}.' || g / 256 || '.' || g % 256 || '.1'`)
    await count()
  }
  await insert(9, `${refused}, '192.0.2.78'`)
  await insert(9, `${refused}, '203.0.113.1'`)
  await count()
  const [rest, loudest] = await overview().listSources(new Date('2026-11-20T11:20:00Z'), 2)
  expect(rest).toEqual({ network: '', refusals: 3_001 + 9, failedLogIns: 0 })
  expect(loudest).toEqual({ network: '192.0.2.0/24', refusals: 18, failedLogIns: 0 })
})

const buffersOf = async (text: string): Promise<number> => {
  const [row] = await platform.query<{ 'QUERY PLAN': readonly { Plan: Record<string, number> }[] }>(
    {
      name: '',
      text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
      values: [],
    },
  )
  const plan = row?.['QUERY PLAN'][0]?.Plan ?? {}
  return Number(plan['Shared Hit Blocks']) + Number(plan['Shared Read Blocks'])
}

test('to look costs the same after 100 000 events and 50 000 sessions as after none: no table is read', async () => {
  const looks = [
    `SELECT * FROM platform.list_refusals('2026-11-13Z', '2026-11-20Z', '4 hours')`,
    `SELECT * FROM platform.list_sources('2026-11-19Z', 20)`,
    'SELECT * FROM platform.overview(now(), 90)',
    'SELECT * FROM platform.get_audit_chain()',
    `SELECT * FROM platform.week_numbers('2026-11-16')`,
    'SELECT * FROM platform.list_sessions(NULL, NULL, NULL, 51, now(), 86400)',
    'SELECT * FROM platform.list_due_keys(now(), 90, NULL, NULL, 51)',
    'SELECT * FROM platform.list_job_queues(now())',
  ]
  const day = `'2026-11-19Z'::timestamptz + g % 1400 * interval '1 minute'`
  await insert(
    100_000,
    `${day}, 'auth.login', 'denied', 'invalid_credentials', '192.0.2.' || g % 256`,
  )
  const [before] = await audit.sql.run(
    "SELECT pg_relation_size(c.oid) / 8192 AS blocks FROM pg_class c WHERE relname = 'events_2026_11'",
  )
  await audit.sql.run(`
    WITH one AS (INSERT INTO users (id, email, name) VALUES (gen_random_uuid(), 'o', 'n') RETURNING id)
    INSERT INTO sessions (id, user_id, created_at, expires_at)
    SELECT 's' || g, one.id, now() - g * interval '1 second', now() + interval '1 day'
      FROM one, generate_series(1, 50000) g`)
  await count()
  await audit.sql.run('ANALYZE')
  for (const look of looks) {
    // What is read to plan it is read once by each connection.
    await buffersOf(look)
    expect.soft(await buffersOf(look), look).toBeLessThan(500)
  }
  // What all of it would take.
  expect(Number(before?.['blocks'])).toBeGreaterThan(1_000)
}, 120_000)

test('keys that are due are counted to 1000, and no further', async () => {
  await audit.sql.run(`
    WITH person AS (INSERT INTO users (id, email, name) VALUES (gen_random_uuid(), 'o', 'n') RETURNING id),
    acme AS (INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'acme') RETURNING id),
    member AS (
      INSERT INTO memberships (organization_id, user_id, role) SELECT acme.id, person.id, 'owner' FROM acme, person
      RETURNING organization_id, user_id)
    INSERT INTO api_keys (organization_id, user_id, name, prefix, permissions, expires_at)
    SELECT member.*, 'k', 'rk_x', '{}', now() + interval '7 days' FROM member, generate_series(1, 30000)`)
  await audit.sql.run('ANALYZE')
  const look = 'SELECT due_keys FROM platform.overview(now(), 90)'
  expect(await platform.query({ name: '', text: look, values: [] })).toEqual([{ due_keys: 1_000 }])
  expect(await buffersOf(look)).toBeLessThan(250)
}, 60_000)

test('a week is told within the time that a page has, however much is called and how often', async () => {
  await audit.sql.run(`
    INSERT INTO audit.event_counts (since, action, outcome, code, events)
    SELECT '2026-11-22T23:45Z'::timestamptz - q * interval '90 minutes', 'orders.do' || n, 'denied', 'not_found', 2
      FROM generate_series(0, 499) q, generate_series(1, 400) n`)
  const text = `SELECT name, weeks FROM platform.week_numbers('2026-11-16')`
  const numbers = await platform.query({ name: '', text, values: [] })
  expect(numbers).toHaveLength(400)
  expect(numbers[0]).toEqual({
    name: 'orders.do1',
    weeks: [224, 224, 224, 224, 104, 0, 0, 0, 0],
  })
}, 60_000)

test('a log-in is one by whatever means, and once: not again when its second factor is proved', async () => {
  const ways = ['auth.login', 'auth.passkeys.login', 'auth.external.login', 'auth.mfa.totp.verify']
  for (const action of ways) await record(1, '2026-11-20T12:00:00Z', { action })
  const text = `SELECT topic, weeks[1] AS count FROM platform.week_numbers('2026-11-16')`
  expect(await platform.query({ name: '', text, values: [] })).toEqual([
    { topic: 'logIn', count: 3 },
  ])
})

test('nobody asks for more than can be shown', async () => {
  await expect(overview().listRefusals({ now, steps: 401, stepMinutes: 15 })).rejects.toThrow()
  await expect(overview().listRefusals({ now, steps: 4, stepMinutes: 5 })).rejects.toThrow()
})

test('the chain says how far it reaches, and since when it does not', async () => {
  expect(await overview().getChain()).toMatchObject({ links: null, sealedAt: null, unsealed: 0 })
  await record(3, '2026-11-20T12:00:00Z', denied)
  expect(await overview().getChain()).toMatchObject({
    unsealed: 3,
    unsealedSince: new Date('2026-11-20T12:00:00Z'),
  })
  await keeper().seal()
  expect(await overview().getChain()).toMatchObject({
    links: '1',
    unsealed: 0,
    head: expect.stringMatching(/^[\da-f]{64}$/),
  })
})
