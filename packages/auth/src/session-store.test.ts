import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPeople, type People } from '../test/create-people.ts'
import { createSessionStore, type SessionStore } from './session-store.ts'
import { generateToken, hashToken } from './tokens.ts'

let people: People
let store: SessionStore
let now: Date
let alice: { readonly userId: string; readonly organizationId: string }
let token: string

const hour = 3_600

beforeEach(async () => {
  people = await createPeople()
  alice = await people.create('alice')
  now = new Date('2027-01-01T12:00:00Z')
  const { database } = people
  store = createSessionStore({ database, clock: () => now })
  token = await start()
})
afterEach(() => people.close())

async function start(userId = alice.userId): Promise<string> {
  const fresh = generateToken()
  await store.create({ token: fresh, userId, address: '192.0.2.1', userAgent: 'a'.repeat(300) })
  return fresh
}

const pass = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000)
}

test('a session is found with its user and memberships, by its own token alone', async () => {
  expect(await store.find(token)).toEqual({
    userId: alice.userId,
    email: 'alice@people.test',
    name: 'alice',
    emailVerified: false,
    platformRole: null,
    memberships: [{ organizationId: alice.organizationId, role: 'admin' }],
    authenticatedAt: now,
    expiresAt: new Date('2027-01-02T12:00:00Z'),
  })
  expect(await store.find(generateToken())).toBeNull()
  expect(await store.find(hashToken(token))).toBeNull()
})

test('no table holds the token, only its hash', async () => {
  const tables = await people.sql.run(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
  const dumps = await Promise.all(
    tables.map(({ tablename }) => people.sql.run(`SELECT t::text AS row FROM "${tablename}" t`)),
  )
  const dump = JSON.stringify(dumps)
  expect(dump).toContain(hashToken(token))
  expect(dump).not.toContain(token)
  expect(dump).not.toContain(token.slice(0, 43))
})

test('address and user agent are kept within bounds', async () => {
  const kept = await people.sql.run('SELECT address, length(user_agent) AS length FROM sessions')
  expect(kept).toEqual([{ address: '192.0.2.1', length: 256 }])
})

test('a session ends 24 hours after it was last seen', async () => {
  pass(23 * hour)
  expect(await store.find(token)).not.toBeNull()
  pass(23 * hour)
  expect(await store.find(token)).not.toBeNull()
  pass(24 * hour)
  expect(await store.find(token)).toBeNull()
})

test('a session ends 7 days after it began, however often it is seen', async () => {
  for (let halfDay = 0; halfDay < 13; halfDay += 1) {
    pass(12 * hour)
    expect(await store.find(token)).not.toBeNull()
  }
  expect((await store.find(token))?.expiresAt).toEqual(new Date('2027-01-08T12:00:00Z'))
  pass(12 * hour)
  expect(await store.find(token)).toBeNull()
})

test('last seen moves, and is written once a minute at most', async () => {
  const lastSeen = async () => (await people.sql.run('SELECT last_seen_at FROM sessions'))[0]
  pass(60)
  await store.find(token)
  expect(await lastSeen()).toEqual({ last_seen_at: new Date('2027-01-01T12:00:00Z') })
  pass(1)
  expect((await store.find(token))?.expiresAt).toEqual(new Date('2027-01-02T12:01:01Z'))
  expect(await lastSeen()).toEqual({ last_seen_at: new Date('2027-01-01T12:01:01Z') })
})

test('a user who is disabled is nobody on the next request', async () => {
  expect(await store.find(token)).not.toBeNull()
  await people.sql.run('UPDATE users SET disabled_at = now()')
  expect(await store.find(token)).toBeNull()
})

test('a membership that is removed, or a role that changes, shows on the next request', async () => {
  expect(await store.find(token)).toHaveProperty('memberships.length', 1)
  await people.sql.run(`UPDATE memberships SET role = 'viewer'`)
  expect(await store.find(token)).toHaveProperty('memberships.0.role', 'viewer')
  await people.sql.run('UPDATE memberships SET removed_at = now()')
  expect(await store.find(token)).toHaveProperty('memberships', [])
})

test('a deleted session is gone, and others stay', async () => {
  const second = await start()
  await store.delete(token)
  expect(await store.find(token)).toBeNull()
  expect(await store.find(second)).not.toBeNull()
})

test('all sessions of one user are deleted, and nobody else’s', async () => {
  const second = await start()
  const bob = await start((await people.create('bob')).userId)
  await store.deleteAllOf(alice.userId)
  expect([await store.find(token), await store.find(second)]).toEqual([null, null])
  expect(await store.find(bob)).not.toBeNull()
})

test('expired sessions are deleted, and live ones stay', async () => {
  pass(6 * 24 * hour)
  const live = await start()
  pass(2 * 24 * hour - 12 * hour)
  await store.deleteExpired()
  expect(await people.sql.run('SELECT id FROM sessions')).toEqual([{ id: hashToken(live) }])
})

test('a session of nobody cannot be made', async () => {
  await expect(start(crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' })
})
