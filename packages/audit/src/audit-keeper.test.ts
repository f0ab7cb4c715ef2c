import { setTimeout } from 'node:timers/promises'
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
let now: Date

beforeEach(async () => {
  database = await createTestDatabase()
  audit = createLog(database)
  worker = openDatabase({ url: database.workerUrl })
  platform = openDatabase({ url: database.platformUrl })
  now = new Date('2020-01-10T00:00:00Z')
})

afterEach(async () => {
  await Promise.all([audit.close(), worker.close(), platform.close()])
  await database.drop()
})

const open = () => createAuditKeeper({ database: worker, clock: () => now, retentionDays: 30 })
const verify = () => createAuditVerifier(platform, () => now).verify()
const run = (text: string) => audit.sql.run(text)

async function record(count: number, time: string): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    audit.log.record(eventOf(`${time}/${index}`, { time: new Date(time) }))
  }
  await audit.log.flush()
}

const months = async () =>
  (
    await run(`SELECT c.relname::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS guarded
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'audit_events'::regclass AND c.relname LIKE 'events_20%' ORDER BY 1`)
  ).map(({ name, guarded }) => {
    expect(guarded).toBe(true)
    return String(name)
  })

const placeOf = async (target: string) => {
  const [row] = await run(
    `SELECT tableoid::regclass::text AS place FROM audit_events WHERE target = '${target}'`,
  )
  return row?.['place']
}

describe('partitions', () => {
  test('are there for this month and the next two, and made once', async () => {
    const made = await open().keepPartitions()
    expect(made).toEqual([
      { month: '2020-01-01', moved: 0 },
      { month: '2020-02-01', moved: 0 },
      { month: '2020-03-01', moved: 0 },
    ])
    expect(await months()).toEqual(expect.arrayContaining(['events_2020_01', 'events_2020_03']))
    expect(await open().keepPartitions()).toEqual([])
    await record(1, '2020-02-28T23:59:59.999Z')
    expect(await placeOf('2020-02-28T23:59:59.999Z/0')).toBe('audit.events_2020_02')
  })

  test('begin and end with the month in UTC, wherever the database stands', async () => {
    await run(`ALTER DATABASE ${database.name} SET timezone = 'Asia/Tokyo'`)
    await open().keepPartitions()
    await record(1, '2020-01-31T23:59:59.999Z')
    await record(1, '2020-02-01T00:00:00.000Z')
    expect(await placeOf('2020-01-31T23:59:59.999Z/0')).toBe('audit.events_2020_01')
    expect(await placeOf('2020-02-01T00:00:00.000Z/0')).toBe('audit.events_2020_02')
  })

  test('are made late too: what came before is counted and moves there', async () => {
    await record(3, '2021-05-05T00:00:00Z')
    await record(1, '2020-01-05T00:00:00Z')
    expect(await placeOf('2021-05-05T00:00:00Z/0')).toBe('audit.events_default')
    expect(await open().keepPartitions()).toEqual([
      { month: '2020-01-01', moved: 1 },
      { month: '2020-02-01', moved: 0 },
      { month: '2020-03-01', moved: 0 },
      { month: '2021-05-01', moved: 3 },
    ])
    expect(await placeOf('2021-05-05T00:00:00Z/0')).toBe('audit.events_2021_05')
    expect(await run('SELECT id FROM audit_events')).toHaveLength(4)
  })

  test('are made of no time that is ahead, nor of one before any event', async () => {
    now = new Date('+021500-02-01T00:00:00Z')
    expect(await open().keepPartitions()).toEqual([])
    now = new Date('0500-01-01T00:00:00Z')
    expect((await open().keepPartitions()).map(({ month }) => month)).toEqual([
      ...['1900-01-01', '1900-02-01', '1900-03-01'],
    ])
    await record(1, '2150-02-05T00:00:00Z')
    expect(await placeOf('2150-02-05T00:00:00Z/0')).toBe('audit.events_default')
    now = new Date()
    expect(await open().keepPartitions()).toEqual([{ month: '2150-02-01', moved: 1 }])
  })

  test('are made by one worker of several', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => open().keepPartitions()))
    expect(made.flat()).toHaveLength(3)
  })
})

describe('the chain', () => {
  test('holds every event once, whichever of several workers sealed it', async () => {
    await record(700, '2020-01-05T00:00:00Z')
    const unsealed = await open().measureUnsealed()
    expect(unsealed).toEqual({ events: 700, oldestSeconds: expect.any(Number) })
    expect(unsealed.oldestSeconds).toBeGreaterThan(0)
    const sealed = await Promise.all(Array.from({ length: 4 }, () => open().seal()))
    expect(sealed.reduce((sum, { events }) => sum + events, 0)).toBe(700)
    expect(await open().measureUnsealed()).toEqual({ events: 0, oldestSeconds: 0 })
    expect(await open().seal()).toEqual({ events: 0, head: null })
    expect(await verify()).toMatchObject({ findings: [], events: 700, seals: 1 })
  })

  test('goes on in the order of ids, over months and batches', async () => {
    await open().keepPartitions()
    await record(20, '2020-01-31T23:59:59Z')
    await record(20, '2020-02-01T00:00:00Z')
    await run('SELECT audit.seal(now(), 15)')
    await run('SELECT audit.seal(now(), 15)')
    await record(1, '2020-01-31T23:59:59.999Z')
    const { events, head } = await open().seal()
    expect(events).toBe(11)
    const seals = await run('SELECT number::int, month::text, events FROM audit_seals ORDER BY 1')
    expect(seals).toEqual([
      { number: 1, month: '2020-01-01', events: 15 },
      { number: 2, month: '2020-01-01', events: 5 },
      { number: 3, month: '2020-02-01', events: 10 },
      { number: 4, month: '2020-01-01', events: 1 },
      { number: 5, month: '2020-02-01', events: 10 },
    ])
    expect(await verify()).toEqual({ findings: [], events: 41, unsealed: 0, seals: 5, head })
  })

  test('stays whole when events move out of the default partition', async () => {
    await record(5, '2021-05-05T00:00:00Z')
    await open().seal()
    await open().keepPartitions()
    await record(5, '2021-05-05T00:00:01Z')
    await open().seal()
    expect(await verify()).toMatchObject({ findings: [], events: 10, seals: 2 })
  })

  test('misses no event that is stored after one of a higher id', async () => {
    const late = openDatabase({ url: database.appUrl })
    const inserted = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const slow = late.prisma.$transaction(
      async (client) => {
        await client.$executeRaw`INSERT INTO audit_events (action, outcome, request_id) VALUES ('late', 'success', 'r')`
        inserted.resolve()
        await released.promise
      },
      { timeout: 60_000 },
    )
    await inserted.promise
    await record(3, '2020-01-05T00:00:00Z')
    // It waits for whoever writes, a second at most, and leaves it to the next time.
    await expect(open().seal()).rejects.toMatchObject({ code: 'unavailable' })
    await record(3, '2020-01-05T00:00:00Z')
    released.resolve()
    await slow
    expect(await open().seal()).toMatchObject({ events: 7 })
    expect(await verify()).toMatchObject({ findings: [], events: 7 })
    const [row] = await run(`SELECT action FROM audit_events ORDER BY id LIMIT 1`)
    expect(row).toEqual({ action: 'late' })
    await late.close()
  })

  test('is made by no transaction that would not see what is in it', async () => {
    await record(1, '2020-01-05T00:00:00Z')
    const isolated = worker.prisma.$transaction(
      (client) => client.$executeRaw`SELECT FROM audit.seal(now(), 10)`,
      { isolationLevel: 'RepeatableRead' },
    )
    await expect(isolated).rejects.toThrow('READ COMMITTED')
    expect(await open().seal()).toMatchObject({ events: 1 })
  })

  test('waits for the turn of another worker, which no other role can take', async () => {
    await record(1, '2020-01-05T00:00:00Z')
    const serving = openDatabase({ url: database.appUrl })
    await expect(
      serving.query({ name: 'turn', text: 'SELECT FROM audit.turn FOR UPDATE', values: [] }),
    ).rejects.toThrow()
    await serving.close()
    const released = Promise.withResolvers<void>()
    const taken = Promise.withResolvers<void>()
    const other = worker.prisma.$transaction(
      async (client) => {
        await client.$executeRaw`SELECT FROM audit.keep_months(now())`
        taken.resolve()
        await released.promise
      },
      { timeout: 60_000 },
    )
    await taken.promise
    const sealing = open().seal()
    expect(await Promise.race([sealing, setTimeout(300, 'waits')])).toBe('waits')
    released.resolve()
    await other
    expect(await sealing).toMatchObject({ events: 1 })
  })

  test('holds while events come from several sides at once', async () => {
    const others = [createLog(database), createLog(database)]
    let running = true
    const sealing = (async () => {
      while (running) await open().seal()
    })()
    for (let round = 0; round < 30; round += 1) {
      for (const { log } of others) log.record(eventOf(`${round}`, { time: now }))
      await Promise.all([
        ...others.map(({ log }) => log.flush()),
        record(5, '2020-01-05T00:00:00Z'),
      ])
    }
    running = false
    await sealing
    await open().seal()
    expect(await verify()).toMatchObject({ findings: [], events: 210 })
    await Promise.all(others.map((other) => other.close()))
  })
})

describe('retention', () => {
  const keepOf = async (month: string) => (await months()).includes(month)

  beforeEach(async () => {
    // Without those of the day on which the tests run.
    for (const name of await months()) await run(`DROP TABLE audit.${name}`)
    await run(
      `SELECT audit.add_month('2019-10-01'), audit.add_month('2019-11-01'), audit.add_month('2019-12-01')`,
    )
    await record(4, '2019-10-15T00:00:00Z')
    await record(4, '2019-11-15T00:00:00Z')
    await record(4, '2019-12-15T00:00:00Z')
  })

  test('drops whole months that are past it, and the chain still verifies', async () => {
    await open().seal()
    expect(await open().dropExpired()).toEqual({ dropped: ['2019-10-01', '2019-11-01'], kept: [] })
    expect(await keepOf('events_2019_11')).toBe(false)
    expect(await keepOf('events_2019_12')).toBe(true)
    expect(await open().dropExpired()).toEqual({ dropped: [], kept: [] })
    expect(await verify()).toMatchObject({ findings: [], events: 4 })
  })

  test('keeps the last hash of a month that was dropped, and lets go of the seals before', async () => {
    await open().seal()
    const [last] = await run(`SELECT hash FROM audit_seals WHERE month = '2019-11-01'`)
    await open().dropExpired()
    const seals = await run(
      `SELECT number::int, kind, month::text, kept_from::int AS "keptFrom", events FROM audit_seals ORDER BY 1`,
    )
    expect(seals).toEqual([
      { number: 2, kind: 'sealed', month: '2019-11-01', keptFrom: null, events: 4 },
      { number: 3, kind: 'sealed', month: '2019-12-01', keptFrom: null, events: 4 },
      { number: 4, kind: 'dropped', month: '2019-10-01', keptFrom: 1, events: 4 },
      { number: 5, kind: 'dropped', month: '2019-11-01', keptFrom: 2, events: 4 },
    ])
    expect(await run('SELECT digest FROM audit_seals WHERE number = 5')).toEqual([
      { digest: last?.['hash'] },
    ])
  })

  test('leaves a month of which something is not sealed', async () => {
    await run('SELECT audit.seal(now(), 6)')
    const first = { dropped: ['2019-10-01'], kept: ['2019-11-01'] }
    expect(await open().dropExpired()).toEqual(first)
    await open().seal()
    expect(await open().dropExpired()).toEqual({ dropped: ['2019-11-01'], kept: [] })
  })

  test('leaves the seals of what has no partition yet', async () => {
    await record(2, '2021-05-05T00:00:00Z')
    await open().seal()
    await record(2, '2019-12-16T00:00:00Z')
    await open().seal()
    await open().dropExpired()
    expect(await verify()).toMatchObject({ findings: [], events: 8 })
  })

  test('is of one worker at a time', async () => {
    await open().seal()
    const dropped = await Promise.all([open().dropExpired(), open().dropExpired()])
    expect(dropped.flatMap((each) => each.dropped)).toHaveLength(2)
  })

  test('takes an event that comes after its month was dropped, and drops that too', async () => {
    await open().seal()
    await open().dropExpired()
    await record(2, '2019-10-20T00:00:00Z')
    await open().keepPartitions()
    await open().seal()
    expect(await verify()).toMatchObject({ findings: [], events: 6 })
    expect(await open().dropExpired()).toEqual({ dropped: ['2019-10-01'], kept: [] })
    expect(await verify()).toMatchObject({ findings: [], events: 4 })
  })

  test('of everything leaves a chain that goes on', async () => {
    await open().seal()
    now = new Date('2025-01-01T00:00:00Z')
    await open().dropExpired()
    expect(await verify()).toMatchObject({ findings: [], events: 0, seals: 1 })
    await record(2, '2025-01-01T00:00:00Z')
    await open().seal()
    expect(await verify()).toMatchObject({ findings: [], events: 2, seals: 2 })
  })

  test('is thirty days at least', async () => {
    await open().seal()
    const hasty = createAuditKeeper({ database: worker, clock: () => now, retentionDays: 29 })
    await expect(hasty.dropExpired()).rejects.toThrow()
    expect(await keepOf('events_2019_10')).toBe(true)
  })

  test('goes by the clock of the database, whatever the worker says of the time', async () => {
    now = new Date()
    await open().keepPartitions()
    await record(3, now.toISOString())
    await open().seal()
    now = new Date('2200-01-01T00:00:00Z')
    const { dropped } = await open().dropExpired()
    expect(dropped).toEqual(['2019-10-01', '2019-11-01', '2019-12-01'])
    expect(await run('SELECT id FROM audit_events')).toHaveLength(3)
  })
})
