import { openDatabase } from '@repo/database'
import { openSql } from '@repo/testing'
import { describe, expect, test } from 'vitest'
import { type ApiKeyTests, type Held, useApiKeys } from '../test/use-api-keys.ts'
import { createApiKeys } from './api-keys.ts'

let tests: ApiKeyTests
useApiKeys((made) => {
  tests = made
})

const second = 1 / 86_400
const daysUntil = (expiresAt: Date) => (expiresAt.getTime() - tests.now().getTime()) / 86_400_000

describe('a key lives', () => {
  test.each([
    ['90 days', {}, 90],
    ['30 days when its permissions ask for it', { maxAgeDays: 30 }, 30],
    ['as long as its owner wants', { expiresInDays: 7 }, 7],
    ['no longer than its permissions allow', { maxAgeDays: 30, expiresInDays: 60 }, 30],
    ['no longer than the installation allows', { maxAgeDays: 400, expiresInDays: 365 }, 90],
  ])('%s, and not a second more', async (_name, options, days) => {
    const { key, expiresAt } = await tests.create(options)
    expect(daysUntil(expiresAt)).toBe(days)
    tests.passDays(days - second)
    expect((await tests.keys.find(key))?.credential.expiresAt).toEqual(expiresAt)
    tests.passDays(second)
    expect(await tests.keys.find(key)).toBeNull()
  })

  test('30 days in a high-risk environment', async () => {
    const strict = tests.withMaxAge(30)
    const { userId, organizationId } = await tests.create()
    const owner = { userId, organizationId, name: 'strict', permissions: [] }
    const { key, expiresAt } = await strict.create({ ...owner, maxAgeDays: 90 })
    expect(daysUntil(expiresAt)).toBe(30)
    expect(await strict.find(key)).not.toBeNull()
  })

  test('no longer than 30 days from when the environment is declared one', async () => {
    const { key, id } = await tests.create()
    const strict = tests.withMaxAge(30)
    expect(daysUntil((await strict.find(key))?.credential.expiresAt ?? new Date(0))).toBe(30)
    tests.passDays(30)
    expect(await strict.find(key)).toBeNull()
    await expect(strict.rotate(id, { maxAgeDays: 90 })).rejects.toMatchObject({ code: 'conflict' })
    expect(await tests.keys.find(key)).not.toBeNull()
  })
})

test('the successor of a key lives no longer than its maker gave the key', async () => {
  const short = await tests.create({ expiresInDays: 7 })
  tests.passDays(2)
  const next = await tests.keys.rotate(short.id, { maxAgeDays: 90 })
  expect(daysUntil(next.expiresAt)).toBe(7)
  expect((await tests.keys.find(next.key))?.credential.expiresAt).toEqual(next.expiresAt)
  const usual = await tests.create()
  expect(daysUntil((await tests.keys.rotate(usual.id, { maxAgeDays: 90 })).expiresAt)).toBe(90)
})

describe('the database itself', () => {
  test.each([
    [90, true],
    [91, false],
  ])('on a key of %i days: kept is %s', async (days, kept) => {
    const created = tests.withMaxAge(1_000).create
    const { userId, organizationId } = await tests.create()
    const owner = { userId, organizationId, name: 'long', permissions: [] }
    const made = await created({ ...owner, maxAgeDays: days }).catch(() => null)
    expect(made !== null).toBe(kept)
    const count = `SELECT count(*)::int AS found FROM api_keys WHERE user_id = $1 AND name = 'long'`
    const found = kept ? 1 : 0
    expect(await tests.people.sql.run(count, [userId])).toEqual([{ found }])
  })

  test('counts days of 24 hours, wherever it is: not those that summer time shortens', async () => {
    const { name, adminUrl } = tests.people.test
    const admin = openSql(adminUrl)
    await admin.run(`ALTER DATABASE ${name} SET timezone TO 'Europe/Berlin'`)
    await admin.close()
    // 90 days from here end in summer time; connections that are open keep their zone.
    let now = new Date('2028-01-01T12:00:00Z')
    const database = openDatabase({ url: tests.people.test.appUrl })
    const zone = { name: 'zone', text: 'SHOW timezone', values: [] }
    expect(await database.query(zone)).toEqual([{ TimeZone: 'Europe/Berlin' }])
    const keys = createApiKeys({ database, clock: () => now, maxAgeDays: 90 })
    const { userId, organizationId } = await tests.people.create('berlin')
    const owner = { userId, organizationId, name: 'berlin', permissions: [], maxAgeDays: 90 }
    const { key, expiresAt } = await keys.create(owner)
    now = new Date(expiresAt.getTime() - 1_000)
    expect(await keys.find(key)).not.toBeNull()
    await database.close()
  })
})

describe('a rotation', () => {
  const rotate = ({ id }: Held, maxAgeDays = 90) => tests.keys.rotate(id, { maxAgeDays })

  test('makes a successor; both work for a day, then it alone does', async () => {
    const old = await tests.create({ permissions: ['order:read:own'], name: 'nightly' })
    tests.passDays(80)
    const next = await rotate(old)
    expect(next.key).not.toBe(old.key)
    expect(daysUntil(next.expiresAt)).toBe(90)
    const [before, after] = [await tests.keys.find(old.key), await tests.keys.find(next.key)]
    expect(after).toMatchObject({
      userId: old.userId,
      memberships: [{ organizationId: old.organizationId }],
      credential: { keyId: next.id, permissions: ['order:read:own'], expiresAt: next.expiresAt },
    })
    expect(daysUntil(before?.credential.expiresAt ?? new Date(0))).toBe(1)
    const names = 'SELECT name FROM api_keys WHERE user_id = $1'
    expect(await tests.people.sql.run(names, [old.userId])).toEqual([
      { name: 'nightly' },
      { name: 'nightly' },
    ])
    tests.passDays(1 - second)
    expect(await tests.keys.find(old.key)).not.toBeNull()
    tests.passDays(second)
    expect(await tests.keys.find(old.key)).toBeNull()
    expect(await tests.keys.find(next.key)).not.toBeNull()
  })

  test('does not lengthen the life of the old key, and bounds that of the new one', async () => {
    const old = await tests.create()
    tests.passDays(89.5)
    const next = await rotate(old, 30)
    expect(daysUntil(next.expiresAt)).toBe(30)
    expect(await tests.keys.find(old.key)).not.toBeNull()
    tests.passDays(0.5)
    expect(await tests.keys.find(old.key)).toBeNull()
  })

  test('of 20 at once makes exactly one successor', async () => {
    const old = await tests.create()
    // Held for a moment, so that they all meet there.
    const hold = 'SELECT pg_sleep(0.3) FROM (SELECT FROM api_keys WHERE id = $1 FOR UPDATE) AS held'
    const held = tests.people.sql.run(hold, [old.id])
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => rotate(old)))
    await held
    const made = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(made).toHaveLength(1)
    expect(refused).toHaveLength(19)
    for (const reason of refused) expect(reason).toMatchObject({ code: 'conflict' })
    const count = 'SELECT count(*)::int AS found FROM api_keys WHERE user_id = $1'
    expect(await tests.people.sql.run(count, [old.userId])).toEqual([{ found: 2 }])
    expect(await tests.keys.find(made[0]?.key ?? '')).not.toBeNull()
  })

  test('is refused for a key that was replaced, and its successor can be', async () => {
    const old = await tests.create()
    const next = await rotate(old)
    await expect(rotate(old)).rejects.toMatchObject({ code: 'conflict' })
    expect(await tests.keys.rotate(next.id, { maxAgeDays: 90 })).toHaveProperty('key')
  })

  test('is refused for a key that has expired, or never was', async () => {
    const old = await tests.create()
    tests.passDays(90)
    await expect(rotate(old)).rejects.toMatchObject({ code: 'conflict' })
    const unknown = { ...old, id: crypto.randomUUID() }
    await expect(rotate(unknown)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('outlives a leak: the successor goes alone', async () => {
    const old = await tests.create()
    const next = await rotate(old)
    expect(await tests.keys.revokeLeaked([next.key])).toMatchObject([{ id: next.id }])
    expect(await tests.keys.find(next.key)).toBeNull()
    expect(await tests.keys.find(old.key)).not.toBeNull()
  })
})
