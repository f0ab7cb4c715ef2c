import { type Database, openDatabase } from '@repo/database'
import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type AddressBlocks, createAddressBlocks } from './address-blocks.ts'

let testDatabase: TestDatabase
let database: Database
let sql: Sql
let blocks: AddressBlocks
let now: Date
const errors: unknown[] = []

const open = (over: Database = database) =>
  createAddressBlocks({ database: over, clock: () => now, onError: (error) => errors.push(error) })
const pass = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000)
}
const minutesLeft = (until: Date | null) =>
  until && Math.round((until.getTime() - now.getTime()) / 60_000)

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.appUrl })
  sql = openSql(testDatabase.ownerUrl)
})
beforeEach(async () => {
  now = new Date('2027-01-01T12:00:00Z')
  await sql.run('DELETE FROM blocked_addresses')
  blocks = open()
  errors.length = 0
})
afterAll(async () => {
  await Promise.all([database.close(), sql.close()])
  await testDatabase.drop()
})

test('an address is closed for a quarter of an hour, and no other', async () => {
  expect(blocks.blockedUntil('192.0.2.1')).toBeNull()
  await blocks.block('192.0.2.1', 'failed_log_ins')
  expect(minutesLeft(blocks.blockedUntil('192.0.2.1'))).toBe(15)
  expect(blocks.blockedUntil('192.0.2.2')).toBeNull()
  pass(15)
  expect(blocks.blockedUntil('192.0.2.1')).toBeNull()
})

test('each time within a day of the last is twice as long, and none longer than a day', async () => {
  const lengths: (number | null)[] = []
  for (let time = 0; time < 9; time += 1) {
    const { until, count } = await blocks.block('192.0.2.1', 'failed_log_ins')
    lengths.push(minutesLeft(until))
    expect(count).toBe(time + 1)
    pass(minutesLeft(until) ?? 0)
  }
  expect(lengths).toEqual([15, 30, 60, 120, 240, 480, 960, 1_440, 1_440])
  pass(24 * 60 + 1)
  expect(await blocks.block('192.0.2.1', 'failed_log_ins')).toMatchObject({ count: 1 })
})

test('of many at once one closes it, and none makes it longer', async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, () => blocks.block('192.0.2.1', 'failed_log_ins')),
  )
  expect(new Set(made.map(({ count, until }) => `${count} ${minutesLeft(until)}`))).toEqual(
    new Set(['1 15']),
  )
})

test('another process learns of it, and of its end', async () => {
  const other = open()
  await blocks.block('192.0.2.1', 'failed_log_ins')
  expect(other.blockedUntil('192.0.2.1')).toBeNull()
  await other.refresh()
  expect(minutesLeft(other.blockedUntil('192.0.2.1'))).toBe(15)
  await sql.run('UPDATE blocked_addresses SET blocked_until = $1', [now])
  await other.refresh()
  expect(other.blockedUntil('192.0.2.1')).toBeNull()
  other.close()
})

test('a list that was on its way does not open what was closed meanwhile', async () => {
  const asked = Promise.withResolvers<void>()
  const slow: Database = {
    ...database,
    async query(statement) {
      const rows = await database.query(statement)
      if (statement.name === 'list_blocked_addresses') await asked.promise
      return rows as never
    },
  }
  const process = open(slow)
  const refreshed = process.refresh()
  await process.block('192.0.2.1', 'failed_log_ins')
  asked.resolve()
  await refreshed
  expect(minutesLeft(process.blockedUntil('192.0.2.1'))).toBe(15)
  await process.refresh()
  expect(minutesLeft(process.blockedUntil('192.0.2.1'))).toBe(15)
  process.close()
})

test('while Postgres is gone what was known stays known', async () => {
  const lost = openDatabase({ url: testDatabase.appUrl })
  const process = open(lost)
  await process.block('192.0.2.1', 'failed_log_ins')
  await lost.close()
  await process.refresh()
  expect(errors).toHaveLength(1)
  expect(minutesLeft(process.blockedUntil('192.0.2.1'))).toBe(15)
  process.close()
})

test('asks by itself every two seconds', async () => {
  await open().block('192.0.2.1', 'failed_log_ins')
  await expect.poll(() => blocks.blockedUntil('192.0.2.1')).not.toBeNull()
})
