import { randomUUID } from 'node:crypto'
import { type Database, openDatabase } from '@repo/database'
import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AlertDesk, createAlertDesk } from './alert-desk.ts'
import { type AlertStore, createAlertStore } from './alert-store.ts'
import { rules } from './rules.ts'

let testDatabase: TestDatabase
let database: Database
let platform: Database
let sql: Sql
let worker: Sql
let alerts: AlertStore
let desk: AlertDesk
let now: Date
let admin: string

const clock = () => now
const pass = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000)
}

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.appUrl })
  platform = openDatabase({ url: testDatabase.platformUrl })
  sql = openSql(testDatabase.ownerUrl)
  worker = openSql(testDatabase.workerUrl)
  alerts = createAlertStore({ database, clock })
  desk = createAlertDesk({ platform, clock })
  const [row] = await sql.run(
    `INSERT INTO users (id, email, name, platform_role)
     VALUES (gen_random_uuid(), 'root@test', 'Root', 'admin') RETURNING id`,
  )
  admin = String(row?.['id'])
})
beforeEach(async () => {
  now = new Date('2027-01-01T12:00:00Z')
  await sql.run('DELETE FROM alerts')
})
afterAll(async () => {
  await Promise.all([database.close(), platform.close(), sql.close(), worker.close()])
  await testDatabase.drop()
})

const raise = (subject: string | null = 'ada', { store = alerts, id = randomUUID() } = {}) =>
  store.raise('many_sessions', { subject, total: 20, added: 2 }, id)
const list = (limit = 100) => desk.list({ limit })
const rearmSeconds = rules.many_sessions.rearmSeconds

describe('an alert', () => {
  test('is stored with what was found, and is new', async () => {
    const alert = await raise()
    expect(alert).toEqual({
      ...{ id: expect.any(String), rule: 'many_sessions', severity: 'warning', subject: 'ada' },
      summary: 'ada has logged in 20 times within 10 minutes.',
      ...{ count: 20, firstAt: now, lastAt: now, status: 'open' },
    })
    const nobody = {
      acknowledgedBy: null,
      acknowledgedAt: null,
      resolvedBy: null,
      resolvedAt: null,
    }
    expect(await list()).toEqual([{ ...alert, ...nobody }])
  })

  test('that stands counts what is found of the same, and of nothing else', async () => {
    const first = await raise()
    pass(60)
    expect(await raise()).toBeNull()
    expect(await raise('grace')).not.toBeNull()
    const other = { subject: 'ada', total: 1, added: 1 }
    expect(await alerts.raise('mass_export', other, randomUUID())).not.toBeNull()
    expect(await list()).toContainEqual(
      expect.objectContaining({ id: first?.id, count: 22, lastAt: now }),
    )
    expect(await list()).toHaveLength(3)
  })

  test('without a subject is one too', async () => {
    expect(await raise(null)).toMatchObject({ subject: null })
    expect(await raise(null)).toBeNull()
  })

  test('is a new one after its time, though the last is open', async () => {
    const first = await raise()
    pass(rearmSeconds - 1)
    expect(await raise()).toBeNull()
    pass(1)
    const second = await raise()
    expect(second?.id).not.toBe(first?.id)
    expect((await list()).map(({ id, status }) => [id, status])).toEqual([
      [second?.id, 'open'],
      [first?.id, 'open'],
    ])
  })

  test('is a new one once the last was resolved, and not once it was acknowledged', async () => {
    const first = await raise()
    await desk.settle(admin, String(first?.id), 'acknowledged')
    expect(await raise()).toBeNull()
    await desk.settle(admin, String(first?.id), 'resolved')
    expect(await raise()).not.toBeNull()
  })

  test('of twenty at once in two processes is inserted once', async () => {
    await sql.run(`CREATE TABLE inserted (id uuid)`)
    await sql.run(`GRANT INSERT ON inserted TO rampart_identity`)
    await sql.run(`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.inserted VALUES (NEW.id); RETURN NULL; END $$`)
    await sql.run(`CREATE TRIGGER note AFTER INSERT ON alerts FOR EACH ROW EXECUTE FUNCTION note()`)
    const other = openDatabase({ url: testDatabase.appUrl })
    const store = createAlertStore({ database: other, clock })
    const raiseTwenty = () =>
      Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          raise('ada', { store: index % 2 ? store : alerts }),
        ),
      )
    expect((await raiseTwenty()).filter((alert) => alert !== null)).toHaveLength(1)
    pass(rearmSeconds)
    expect((await raiseTwenty()).filter((alert) => alert !== null)).toHaveLength(1)
    expect((await list()).map(({ count }) => count)).toEqual([58, 58])
    expect(await sql.run('SELECT id FROM inserted')).toHaveLength(2)
    await sql.run('DROP TRIGGER note ON alerts')
    await other.close()
  })

  test('whose answer was lost is new to who asks again, and stored once', async () => {
    const isLost = { once: true }
    const losing: Database = {
      ...database,
      async query<Row extends Record<string, unknown>>(query: Parameters<Database['query']>[0]) {
        const rows = await database.query<Row>(query)
        if (!isLost.once) return rows
        isLost.once = false
        throw new Error('The connection was cut.')
      },
    }
    const found = { store: createAlertStore({ database: losing, clock }), id: randomUUID() }
    await expect(raise('ada', found)).rejects.toThrow('The connection was cut.')
    const stored = now
    pass(1)
    expect(await raise('ada', found)).toMatchObject({ id: found.id, count: 20, firstAt: stored })
    expect(await raise('ada')).toBeNull()
    expect(await list()).toMatchObject([{ id: found.id, count: 22 }])
  })

  test('whose answer was lost is none of the kind where it had counted in another', async () => {
    const first = await raise()
    const id = randomUUID()
    expect(await raise('ada', { id })).toBeNull()
    expect(await raise('ada', { id })).toBeNull()
    expect(await list()).toMatchObject([{ id: first?.id }])
  })

  test('that was resolved before its answer was asked for again is not raised twice', async () => {
    const id = randomUUID()
    await raise('ada', { id })
    await desk.settle(admin, id, 'resolved')
    expect(await raise('ada', { id })).toMatchObject({ id })
    expect(await list()).toMatchObject([{ id, status: 'resolved' }])
  })

  test('that is critical has its subject, however many others there are', async () => {
    const reuse = (subject: string) =>
      alerts.raise('token_reuse', { subject, total: 1, added: 1 }, randomUUID())
    for (let index = 0; index < 25; index += 1) await reuse(`subject ${index}`)
    expect(await reuse('the last')).toMatchObject({ subject: 'the last', severity: 'critical' })
    const stored = await list(200)
    expect(stored).toHaveLength(26)
    expect(stored.filter(({ subject }) => subject === null)).toEqual([])
  })

  test('past the twentieth has its subject where it was found twice as often as any other', async () => {
    for (let index = 0; index < 20; index += 1) await raise(`subject ${index}`)
    const find = (subject: string, total: number) =>
      alerts.raise('many_sessions', { subject, total, added: 1 }, randomUUID())
    expect(await find('the 21st', 39)).toMatchObject({ subject: null })
    expect(await find('the 22nd', 39)).toBeNull()
    expect(await find('the loudest', 40)).toMatchObject({ subject: 'the loudest' })
    expect(await find('as loud', 79)).toBeNull()
    expect(await list(500)).toHaveLength(22)
  })

  test('past the twentieth has its subject though the others go on as they were', async () => {
    for (let index = 0; index < 20; index += 1) await raise(`subject ${index}`)
    for (let second = 0; second < 60; second += 1) await raise('subject 7')
    expect(await list()).toContainEqual(
      expect.objectContaining({ subject: 'subject 7', count: 140 }),
    )
    const loud = { subject: 'loud', total: 41, added: 1 }
    expect(await alerts.raise('many_sessions', loud, randomUUID())).toMatchObject({
      subject: 'loud',
    })
    const next = { subject: 'next', total: 81, added: 1 }
    expect(await alerts.raise('many_sessions', next, randomUUID())).toMatchObject({ subject: null })
  })

  test('past the twentieth subject of an hour is one for all others', async () => {
    for (let index = 0; index < 25; index += 1) await raise(`subject ${index}`)
    const stored = await list(200)
    expect(stored).toHaveLength(21)
    expect(stored).toContainEqual(
      expect.objectContaining({ subject: null, summary: expect.stringMatching(/more than 20/) }),
    )
    expect(await raise('subject 7')).toBeNull()
    pass(3_600)
    expect(await raise('subject 200')).toMatchObject({ subject: 'subject 200' })
  })

  test('past the twentieth is one, though they were alerts of their own hours before', async () => {
    const before = Array.from({ length: 32 }, (_, index) => `subject ${index}`)
    for (const subject of before.slice(0, 16)) await raise(subject)
    pass(3_601)
    for (const subject of before.slice(16)) await raise(subject)
    expect(await list(500)).toHaveLength(32)
    pass(3_601)
    for (const subject of before) await raise(subject)
    expect(await list(500)).toHaveLength(32 + 21)
  })

  test('has a summary of bounded length, whatever its subject is', async () => {
    expect(await raise('x'.repeat(1_000))).toMatchObject({ subject: 'x'.repeat(200) })
    expect((await list())[0]?.summary).toHaveLength(500)
  })
})

describe('what is done about it', () => {
  const settle = (id: string | undefined, status: 'acknowledged' | 'resolved') =>
    desk.settle(admin, String(id), status)

  test('says who and when, once', async () => {
    const alert = await raise()
    expect(await settle(alert?.id, 'acknowledged')).toEqual({
      ...{ before: { status: 'open' }, after: { status: 'acknowledged' } },
    })
    const at = now
    pass(60)
    expect(await settle(alert?.id, 'acknowledged')).toEqual({
      ...{ before: { status: 'acknowledged' }, after: { status: 'acknowledged' } },
    })
    expect(await settle(alert?.id, 'resolved')).toMatchObject({ after: { status: 'resolved' } })
    expect(await settle(alert?.id, 'acknowledged')).toMatchObject({ after: { status: 'resolved' } })
    expect(await desk.get(String(alert?.id))).toMatchObject({
      ...{ status: 'resolved', acknowledgedBy: admin, acknowledgedAt: at },
      ...{ resolvedBy: admin, resolvedAt: now },
    })
  })

  test('is refused for an alert that is not there, and to who is no administrator', async () => {
    const nobody = crypto.randomUUID()
    await expect(settle(nobody, 'resolved')).rejects.toMatchObject({ code: 'not_found' })
    await expect(desk.get(nobody)).rejects.toMatchObject({ code: 'not_found' })
    const alert = await raise()
    await expect(desk.settle(nobody, String(alert?.id), 'resolved')).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('is found by status and by rule, page by page, the newest first', async () => {
    const ids: (string | undefined)[] = []
    for (const subject of ['a', 'b', 'c']) {
      ids.unshift((await raise(subject))?.id)
      pass(1)
    }
    await settle(ids[0], 'resolved')
    const idsOf = async (search: Partial<Parameters<AlertDesk['list']>[0]>) =>
      (await desk.list({ limit: 2, ...search })).map(({ id }) => id)
    expect(await idsOf({})).toEqual(ids.slice(0, 2))
    expect(await idsOf({ before: ids[1] })).toEqual(ids.slice(2))
    expect(await idsOf({ status: 'open' })).toEqual(ids.slice(1))
    expect(await idsOf({ rule: 'mass_export' })).toEqual([])
    expect(await idsOf({ rule: 'many_sessions', status: 'resolved' })).toEqual([ids[0]])
  })
})

describe('who serves', () => {
  test.each([
    ['reads', 'SELECT id FROM alerts'],
    ['writes', "UPDATE alerts SET status = 'resolved'"],
    ['deletes', 'DELETE FROM alerts'],
    ['looks through the view', 'SELECT id FROM platform.alerts'],
    [
      'settles',
      `SELECT * FROM platform.settle_alert(gen_random_uuid(), gen_random_uuid(), 'resolved', now())`,
    ],
  ])('never %s', async (_verb, text) => {
    await raise()
    await expect(database.query({ name: 'alert_probe', text, values: [] })).rejects.toThrow()
  })

  test('and the platform raises none', async () => {
    const text = `SELECT * FROM identity.raise_alert('x', 'info', NULL, 's', 1, 1, now(), 1)`
    await expect(platform.query({ name: 'raise_probe', text, values: [] })).rejects.toThrow()
  })
})

test('the worker reads alerts to deliver them, changes none, and deletes the old ones alone', async () => {
  now = new Date()
  await raise('new')
  now = new Date(Date.now() - 401 * 24 * 3_600 * 1_000)
  await raise('old')
  expect(await worker.run('SELECT id FROM alerts')).toHaveLength(2)
  await expect(worker.run(`UPDATE alerts SET status = 'resolved'`)).rejects.toThrow(/permission/)
  await worker.run('DELETE FROM alerts')
  expect(await sql.run('SELECT subject FROM alerts')).toEqual([{ subject: 'new' }])
})
