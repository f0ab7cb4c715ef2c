import { setTimeout } from 'node:timers/promises'
import { applyMigrations, provisionDatabase } from '@repo/database/migrations'
import { startThrowAwayDatabase } from '@repo/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLog, eventOf, type TestLog } from '../test/create-log.ts'

let server: Awaited<ReturnType<typeof startThrowAwayDatabase>>
let audit: TestLog

beforeAll(async () => {
  server = await startThrowAwayDatabase(async (urls) => {
    await provisionDatabase(urls)
    await applyMigrations(urls)
  })
})
afterAll(() => server.remove())

beforeEach(() => {
  audit = createLog(server)
})
afterEach(async () => {
  await server.start()
  await audit.sql.run('TRUNCATE audit_events')
  await audit.close()
})

const numbers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => String(from + index))

test('events of an outage are kept and written in order when Postgres is back', async () => {
  audit.log.record(eventOf('before'))
  await audit.log.flush()
  await server.stop('immediate')
  for (const target of numbers(3)) audit.log.record(eventOf(target))
  await audit.log.flush()
  audit.log.record(eventOf('3'))
  await audit.log.flush()
  const kept = { error: { code: 'unavailable' }, dropped: 0 }
  expect(audit.reports.length).toBeGreaterThan(1)
  for (const report of audit.reports) expect(report).toMatchObject(kept)
  await server.start()
  await audit.log.flush()
  expect(await audit.targets()).toEqual(['before', ...numbers(4)])
})

test('an event that is kept in an outage waits like any other, and nobody for it', async () => {
  await server.stop('immediate')
  await audit.log.keep(eventOf('0'))
  await audit.log.keep(eventOf('1'))
  await server.start()
  await audit.log.flush()
  expect(await audit.targets()).toEqual(numbers(2))
})

test('the newest 10 000 events of an outage are kept, and the others are counted', async () => {
  await server.stop('immediate')
  for (const target of numbers(10_700)) audit.log.record(eventOf(target))
  await audit.log.flush()
  expect(audit.reports.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(700)
  await server.start()
  await audit.log.flush()
  expect(await audit.targets()).toEqual(numbers(10_000, 700))
})

test('a log that closes in an outage says how many events it lost', async () => {
  await server.stop('immediate')
  for (const target of numbers(5)) audit.log.record(eventOf(target))
  await audit.log.close()
  expect(audit.reports.at(-1)).toMatchObject({ dropped: 5 })
  await server.start()
  expect(await audit.targets()).toEqual([])
})

test('a log that closes while Postgres hangs tries no more often than it takes to know', async () => {
  await audit.sql.run('BEGIN; LOCK TABLE audit_events')
  audit.log.record(eventOf('0'))
  await setTimeout(2_000)
  const kept = Promise.all(['1', '2', '3'].map((target) => audit.log.keep(eventOf(target))))
  await audit.log.close()
  await kept
  await audit.sql.run('ROLLBACK')
  // Of this server a statement waits for 3 s: one was under way, and one came after it.
  expect(audit.reports.map(({ dropped }) => dropped)).toEqual([0, 0, 4])
})
