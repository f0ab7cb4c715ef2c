import { type Database, openDatabase } from '@repo/database'
import { createTestDatabase, type TestDatabase } from '@repo/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLog, eventOf, type TestLog } from '../test/create-log.ts'
import { createAuditKeeper } from './audit-keeper.ts'
import { createAuditVerifier } from './audit-verifier.ts'

let database: TestDatabase
let audit: TestLog
let worker: Database
let platform: Database

const now = new Date('2020-01-10T00:00:00Z')
let clock = now

beforeEach(async () => {
  clock = new Date('2020-03-05T00:30:00Z')
  database = await createTestDatabase()
  audit = createLog(database)
  worker = openDatabase({ url: database.workerUrl })
  platform = openDatabase({ url: database.platformUrl })
  await keeper().keepPartitions()
  for (const time of ['2020-01-05T00:00:00.001Z', '2020-02-05T00:00:00Z', '2020-03-05T00:00:00Z']) {
    await record(4, time)
    await keeper().seal()
  }
})

afterEach(async () => {
  await Promise.all([audit.close(), worker.close(), platform.close()])
  await database.drop()
})

const keeper = () => createAuditKeeper({ database: worker, clock: () => now })
const verify = (options = {}) => createAuditVerifier(platform, () => clock).verify(options)
const run = (text: string) => audit.sql.run(text)

async function record(count: number, time: string): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const states = {
      before: { role: null, count: 1.5, 'ä"': 'x\n' },
      after: { role: 'admin', on: true },
    }
    audit.log.record(eventOf(`order-${index}`, { time: new Date(time), ...states }))
  }
  await audit.log.flush()
}

const second = { partition: 'audit.events_2020_02', firstId: '5', lastId: '8' }

test('a log that nobody touched verifies, with what is not sealed yet', async () => {
  await record(2, '2020-03-05T00:01:00Z')
  const verdict = await verify()
  expect(verdict).toMatchObject({ findings: [], events: 12, unsealed: 2, seals: 3 })
  expect(verdict.head).toMatch(/^[0-9a-f]{64}$/)
})

test('an empty log verifies', async () => {
  await run('TRUNCATE audit_events, audit_seals')
  expect(await verify()).toEqual({ findings: [], events: 0, unsealed: 0, seals: 0, head: null })
})

const ids = '00000000-0000-4000-8000-000000000000'

test.each([
  ['time', `time = time + interval '1 ms'`],
  ['organization', `organization_id = '${ids}'`],
  ['actor', `actor = '${ids}'`],
  ['person acted for', `on_behalf_of = '${ids}'`],
  ['action', `action = 'orders.delete'`],
  ['target', `target = NULL`],
  ['outcome', `outcome = 'denied'`],
  ['code', `code = 'forbidden'`],
  ['address', `address = '192.0.2.0/24'`],
  ['request', `request_id = 'request-2'`],
  ['state before', `before = '{"role": "owner"}'`],
  ['state after', `after = NULL`],
])('a changed %s of one event is found', async (_what, change) => {
  await run(`UPDATE audit_events SET ${change} WHERE id = 6`)
  expect((await verify()).findings).toEqual([{ ...second, problem: 'changed' }])
})

describe('what else is found', () => {
  test.each([
    ['a removed event', 'DELETE FROM audit_events WHERE id = 6', { ...second, problem: 'removed' }],
    ['a removed month', 'DROP TABLE audit.events_2020_02', { ...second, problem: 'removed' }],
    ['an emptied month', 'TRUNCATE audit.events_2020_02', { ...second, problem: 'removed' }],
    [
      'an event put among others',
      `INSERT INTO audit_events (id, time, action, outcome, request_id)
       VALUES (1, '2020-02-05Z', 'x', 'success', 'r')`,
      { partition: second.partition, firstId: '1', lastId: '1', problem: 'added' },
    ],
    [
      'an event of a month that has no seal',
      `INSERT INTO audit_events (id, time, action, outcome, request_id)
       VALUES (6, '2020-04-05Z', 'x', 'success', 'r')`,
      { partition: 'audit.events_2020_04', firstId: '6', lastId: '6', problem: 'added' },
    ],
    [
      'two events that changed places',
      `UPDATE audit_events e SET target = o.target FROM audit_events o
        WHERE (e.id, o.id) IN ((6, 7), (7, 6))`,
      { ...second, problem: 'changed' },
    ],
    [
      'an event that moved to another month',
      `UPDATE audit_events SET time = '2020-01-05Z' WHERE id = 6`,
      { ...second, problem: 'removed' },
    ],
  ])('%s', async (_what, change, finding) => {
    await run(change)
    expect((await verify()).findings).toContainEqual(finding)
  })

  test('an event that was put in the place of a gap', async () => {
    await run(`INSERT INTO audit_events (id, time, action, outcome, request_id)
      VALUES (6, '2020-02-05T00:00:01Z', 'x', 'success', 'r')`)
    expect((await verify()).findings).toEqual([{ ...second, problem: 'added' }])
  })

  test.each([
    ['a changed digest', `UPDATE audit_seals SET digest = repeat('0', 64) WHERE number = 2`],
    ['a changed number of events', 'UPDATE audit_seals SET events = 3 WHERE number = 2'],
    ['a changed range', 'UPDATE audit_seals SET last_id = 7 WHERE number = 2'],
    [
      'a changed time',
      `UPDATE audit_seals SET sealed_at = sealed_at + interval '1 s' WHERE number = 2`,
    ],
    ['a removed seal', 'DELETE FROM audit_seals WHERE number = 2'],
    [
      'a seal that says that its month was dropped',
      `UPDATE audit_seals SET kind = 'dropped' WHERE number = 2`,
    ],
  ])('%s', async (_what, change) => {
    await run(change)
    const { findings } = await verify()
    expect(findings.map(({ problem }) => problem)).toContain('broken chain')
  })

  test('what nobody has sealed for an hour', async () => {
    await record(2, '2020-03-05T00:01:00Z')
    clock = new Date('2020-03-05T01:02:00Z')
    const late = { partition: 'audit.events_2020_03', firstId: '13', lastId: '14' }
    expect(await verify()).toMatchObject({
      findings: [{ ...late, problem: 'unsealed' }],
      unsealed: 2,
    })
    await keeper().seal()
    expect(await verify()).toMatchObject({ findings: [], unsealed: 0 })
  })

  test('the beginning of a chain that was cut off, with its events', async () => {
    await run('DELETE FROM audit_events WHERE id <= 4')
    await run('DELETE FROM audit_seals WHERE number = 1')
    expect((await verify()).findings).toEqual([{ ...second, problem: 'broken chain' }])
  })

  test('a month that was dropped before its time', async () => {
    const drop = (at: string) => run(`SELECT * FROM audit.drop_expired('${at}', 30)`)
    expect(await drop('2020-03-01Z')).toEqual([])
    expect(await drop('2020-03-03Z')).toMatchObject([{ events: 4, dropped: true }])
    expect((await verify()).findings).toEqual([])
    await run(`DROP TABLE audit.events_2020_02;
      SELECT audit.append_seal('dropped', '2020-02-01', 13, 12, 4, hash, '2020-03-30Z', 2)
        FROM audit_seals WHERE number = 2`)
    await run('DELETE FROM audit_seals WHERE number = 1')
    const early = { partition: second.partition, firstId: '13', lastId: '12' }
    expect((await verify()).findings).toEqual([{ ...early, problem: 'dropped early' }])
  })

  test('a chain that was written anew, by who knows its last hash', async () => {
    const { head } = await verify()
    await run(`UPDATE audit_events SET action = 'forged' WHERE id = 1`)
    await run('TRUNCATE audit_seals')
    await keeper().seal()
    expect(await verify()).toMatchObject({ findings: [] })
    expect(await verify({ knownHead: head })).toMatchObject({
      findings: [{ partition: 'audit_seals', problem: 'broken chain' }],
    })
  })

  test('the end of a chain that was cut off, by who knows its last hash', async () => {
    const { head } = await verify()
    await run('DELETE FROM audit_events WHERE id > 8')
    await run('DELETE FROM audit_seals WHERE number = 3')
    expect(await verify()).toMatchObject({ findings: [] })
    expect((await verify({ knownHead: head })).findings).toHaveLength(1)
  })
})

test('since a month, the events before are not read, and the chain is', async () => {
  await run(`UPDATE audit_events SET action = 'x' WHERE id IN (1, 6)`)
  const since = (time: string) => verify({ since: new Date(time) })
  expect((await since('2020-01-31Z')).findings).toHaveLength(2)
  expect(await since('2020-02-28Z')).toMatchObject({
    ...{ events: 8, findings: [{ ...second, problem: 'changed' }] },
  })
  expect(await since('2020-03-01Z')).toMatchObject({ findings: [], events: 4, seals: 3 })
  await run('UPDATE audit_seals SET events = 3 WHERE number = 2')
  expect((await since('2020-03-01Z')).findings).toMatchObject([{ problem: 'broken chain' }])
})

test('a month of many events is read in pages', async () => {
  for (let index = 0; index < 2_500; index += 1) {
    audit.log.record(eventOf(String(index), { time: new Date('2020-03-06T00:00:00Z') }))
  }
  await audit.log.flush()
  await keeper().seal()
  expect(await verify()).toMatchObject({ findings: [], events: 2_512 })
  await run(`UPDATE audit_events SET target = 'x' WHERE target = '2400'`)
  expect((await verify()).findings).toMatchObject([{ problem: 'changed' }])
})
