import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let database: TestDatabase
let owner: Sql
let month: string
const roles: Record<string, Sql> = {}

beforeAll(async () => {
  database = await createTestDatabase()
  owner = openSql(database.ownerUrl)
  const { appUrl, workerUrl, platformUrl } = database
  for (const [role, url] of Object.entries({
    app: appUrl,
    worker: workerUrl,
    platform: platformUrl,
  })) {
    roles[role] = openSql(url)
  }
  await roles['app']?.run(event)
  await owner.run('SELECT audit.seal(now(), 10)')
  const [row] = await owner.run('SELECT tableoid::regclass::text AS month FROM audit_events')
  month = String(row?.['month'])
})

afterAll(async () => {
  await Promise.all([owner, ...Object.values(roles)].map((sql) => sql.close()))
  await database.drop()
})

const event = `INSERT INTO audit_events (action, outcome, request_id) VALUES ('x', 'success', 'r')`

const run = (role: string, text: string) =>
  roles[role]?.run(text.replaceAll('MONTH', month)) ?? Promise.reject(new Error(role))

const changes = [
  `UPDATE audit_events SET action = ''`,
  'DELETE FROM audit_events',
  'TRUNCATE audit_events',
  'DROP TABLE audit_events',
  'ALTER TABLE audit_events DETACH PARTITION MONTH',
  'ALTER TABLE audit_events DISABLE TRIGGER ALL',
  'SELECT action FROM MONTH',
  `INSERT INTO MONTH (action, outcome, request_id) VALUES ('x', 'success', 'r')`,
  `UPDATE MONTH SET action = ''`,
  'DELETE FROM MONTH',
  'TRUNCATE MONTH',
  'DROP TABLE MONTH',
  'SELECT action FROM audit.events_default',
  `INSERT INTO audit.events_default (action, outcome, request_id) VALUES ('x', 'success', 'r')`,
  'INSERT INTO audit_seals SELECT * FROM audit_seals',
  `UPDATE audit_seals SET hash = ''`,
  'DELETE FROM audit_seals',
  'TRUNCATE audit_seals',
  'SELECT * FROM audit_actors',
  'DELETE FROM audit_actors',
  `SELECT audit.append_seal('sealed', '2026-11-01', 1, 1, 1, '', now())`,
  `SELECT audit.add_month('2030-01-01')`,
  'SELECT * FROM audit.page(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1)',
]

describe.each(['app', 'worker', 'platform'])('the role of the %s', (role) => {
  test.each(changes)('is refused: %s', async (text) => {
    await expect(run(role, text)).rejects.toThrow(/permission denied|must be owner/)
    const [row] = await owner.run(
      'SELECT (SELECT count(*)::int FROM audit_events) AS events, (SELECT count(*)::int FROM audit_seals) AS seals',
    )
    expect(row).toEqual({ events: 1, seals: 1 })
  })
})

test.each<readonly [role: string, text: string]>([
  ['app', 'SELECT * FROM audit_seals'],
  ['app', 'SELECT action FROM audit_events'],
  ['worker', 'SELECT * FROM audit_seals'],
  ['worker', 'SELECT action FROM audit_events'],
  ['worker', event],
  ...['app', 'worker', 'platform'].map(
    (role) => [role, 'SELECT FROM audit.turn FOR UPDATE'] as const,
  ),
  ['platform', event],
  ...['app', 'platform'].flatMap((role) => [
    [role, 'SELECT * FROM audit.seal(now(), 10)'] as const,
    [role, 'SELECT * FROM audit.keep_months(now())'] as const,
    [role, 'SELECT * FROM audit.drop_expired(now(), 1)'] as const,
    [role, 'SELECT * FROM audit.forget_erased(now())'] as const,
    [role, 'SELECT * FROM audit.measure_unsealed()'] as const,
  ]),
])('the role of the %s is refused: %s', async (role, text) => {
  await expect(run(role, text)).rejects.toThrow('permission denied')
})

test.each([
  [
    'app',
    `INSERT INTO audit_events (action, outcome, request_id, time) VALUES ('x', 'success', 'r', now())`,
  ],
  ['worker', 'SELECT * FROM audit.seal(now(), 10)'],
  ['worker', 'SELECT * FROM audit.keep_months(now())'],
  ['worker', 'SELECT * FROM audit.drop_expired(now(), 30)'],
  ['worker', 'SELECT * FROM audit.forget_erased(now())'],
  ['worker', 'SELECT * FROM audit.measure_unsealed()'],
  ['platform', 'SELECT action FROM audit_events'],
  ['platform', 'SELECT hash FROM audit_seals'],
])('the role of the %s may: %s', async (role, text) => {
  await run(role, text)
})

test('the time of an event is one that a month can be made of', async () => {
  const at = (time: string) =>
    run(
      'app',
      `INSERT INTO audit_events (action, outcome, request_id, time) VALUES ('x', 'success', 'r', '${time}')`,
    )
  for (const time of ['infinity', '-infinity', '2200-01-01Z', '1899-12-31Z']) {
    await expect(at(time)).rejects.toThrow('audit_events_time_check')
  }
  await at('2199-12-31Z')
})
