import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPeople, type People, type Person } from '../test/create-people.ts'
import { dumpDatabase } from '../test/dump-database.ts'
import { createSessionStore, type NewSession, type SessionStore } from './session-store.ts'
import { generateToken, hashToken } from './tokens.ts'

let people: People
let store: SessionStore
let now: Date
let alice: Person
let token: string

const hour = 3_600

beforeEach(async () => {
  people = await createPeople()
  alice = await people.create('alice')
  now = new Date('2027-01-01T12:00:00Z')
  store = createSessionStore({ database: people.database, clock: () => now })
  token = await start()
})
afterEach(() => people.close())

async function start(session: Partial<NewSession> = {}): Promise<string> {
  const fresh = generateToken()
  const origin = { address: '192.0.2.1', userAgent: 'a'.repeat(300) }
  const kind = { pending: false, secondFactor: false }
  await store.create({ token: fresh, userId: alice.userId, ...origin, ...kind, ...session })
  return fresh
}

async function renew(old: string, renewal: Parameters<SessionStore['renew']>[1]): Promise<string> {
  expect(await store.renew(old, renewal)).toBe(true)
  return renewal.token
}

const pass = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000)
}

async function credentialOf(of: string) {
  const found = await store.find(of)
  if (!found) throw new Error('There is no such session.')
  return found.identity.credential
}

const idOf = async (of: string) => (await credentialOf(of)).sessionId

test('a session begins only while the password that was checked is still the user’s', async () => {
  const set = 'INSERT INTO passwords (user_id, hash) VALUES ($1, $2)'
  await people.sql.run(set, [alice.userId, 'checked'])
  const begun = await start({ provenBy: 'checked' })
  expect(await store.find(begun)).not.toBeNull()
  await people.sql.run(`UPDATE passwords SET hash = 'reset since'`)
  const late = start({ provenBy: 'checked' })
  await expect(late).rejects.toMatchObject({ code: 'invalid_credentials' })
  expect(await store.list(alice.userId)).toHaveLength(2)
})

describe('finding', () => {
  test('a session is found with its user and memberships, by its own token alone', async () => {
    expect(await store.find(token)).toEqual({
      pending: false,
      identity: {
        userId: alice.userId,
        email: 'alice@people.test',
        name: 'alice',
        emailVerified: true,
        platformRole: null,
        memberships: [
          {
            organizationId: alice.organizationId,
            role: 'admin',
            permissions: null,
            plan: 'standard',
            requiresSecondFactor: false,
          },
        ],
        credential: {
          kind: 'session',
          sessionId: expect.stringMatching(/^[\da-f-]{36}$/),
          secondFactor: false,
          impersonatorId: null,
          authenticatedAt: now,
          expiresAt: new Date('2027-01-02T12:00:00Z'),
        },
      },
    })
    expect(await store.find(generateToken())).toBeNull()
    expect(await store.find(hashToken(token))).toBeNull()
  })

  test('an organization that requires a second factor says so in the membership', async () => {
    const other = await people.create('bob')
    await people.join(alice.userId, other.organizationId, 'viewer')
    const strict = 'UPDATE organizations SET require_second_factor = true WHERE id = $1'
    await people.sql.run(strict, [other.organizationId])
    const memberships = (await store.find(token))?.identity.memberships
    expect(memberships).toHaveLength(2)
    expect(memberships).toEqual(
      expect.arrayContaining([
        {
          organizationId: alice.organizationId,
          role: 'admin',
          permissions: null,
          plan: 'standard',
          requiresSecondFactor: false,
        },
        {
          organizationId: other.organizationId,
          role: 'viewer',
          permissions: null,
          plan: 'standard',
          requiresSecondFactor: true,
        },
      ]),
    )
  })

  test('a membership that is removed, or a role that changes, shows on the next request', async () => {
    expect(await store.find(token)).toHaveProperty('identity.memberships.length', 1)
    await people.sql.run(`UPDATE memberships SET role = 'viewer'`)
    expect(await store.find(token)).toHaveProperty('identity.memberships.0.role', 'viewer')
    await people.sql.run('UPDATE memberships SET removed_at = now()')
    expect(await store.find(token)).toHaveProperty('identity.memberships', [])
  })

  test('a user who is disabled is nobody on the next request', async () => {
    expect(await store.find(token)).not.toBeNull()
    await people.sql.run('UPDATE users SET disabled_at = now()')
    expect(await store.find(token)).toBeNull()
  })

  test.each(['disabled_at = now()', 'email_verified_at = NULL'])(
    'a session whose row outlives that is nobody’s all the same: %s',
    async (change) => {
      // What else ends it is another test's.
      await people.sql.run('ALTER TABLE users DISABLE TRIGGER USER')
      try {
        await people.sql.run(`UPDATE users SET ${change}`)
        expect(await store.find(token)).toBeNull()
        await people.sql.run('UPDATE users SET disabled_at = NULL, email_verified_at = now()')
        expect(await store.find(token)).not.toBeNull()
      } finally {
        await people.sql.run('ALTER TABLE users ENABLE TRIGGER USER')
      }
    },
  )
})

describe('at rest', () => {
  test('no table holds the token, only its hash', async () => {
    const { text } = await dumpDatabase(people.sql)
    expect(text).toContain(hashToken(token))
    expect(text).not.toContain(token)
    expect(text).not.toContain(token.slice(0, 43))
  })

  test('a dump gives nobody a way in: no string of it is a token of a session', async () => {
    const { strings } = await dumpDatabase(people.sql)
    expect(strings).toContain(hashToken(token))
    for (const string of strings) {
      expect(await store.find(string)).toBeNull()
      expect(await store.renew(string, { token: generateToken() })).toBe(false)
    }
    expect(await store.find(token)).not.toBeNull()
  })

  test('address and user agent are kept within bounds', async () => {
    const kept = await people.sql.run('SELECT address, length(user_agent) AS length FROM sessions')
    expect(kept).toEqual([{ address: '192.0.2.1', length: 256 }])
  })

  test('a session of nobody cannot be made', async () => {
    const nobody = start({ userId: crypto.randomUUID() })
    await expect(nobody).rejects.toMatchObject({ code: 'not_found' })
  })

  test('the serving role reads no session but through the questions', async () => {
    const read = (table: string) => {
      const text = `SELECT count(*) FROM ${table}`
      return people.database.query({ name: `read_${table}`, text, values: [] })
    }
    await expect(read('sessions')).rejects.toMatchObject({ code: 'not_found' })
    await expect(read('organizations')).resolves.toHaveLength(1)
  })
})

describe('lifetimes', () => {
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
    expect((await credentialOf(token)).expiresAt).toEqual(new Date('2027-01-08T12:00:00Z'))
    pass(12 * hour)
    expect(await store.find(token)).toBeNull()
  })

  test('a half session ends after 5 minutes, however often it is seen', async () => {
    const half = await start({ pending: true })
    pass(299)
    expect(await store.find(half)).toMatchObject({
      pending: true,
      identity: {
        userId: alice.userId,
        credential: { secondFactor: false, expiresAt: new Date('2027-01-01T12:05:00Z') },
      },
    })
    pass(1)
    expect(await store.find(half)).toBeNull()
    expect(await store.renew(half, { token: generateToken(), completes: true })).toBe(false)
    expect(await store.find(token)).not.toBeNull()
  })

  test('last seen moves, and is written once a minute at most', async () => {
    const lastSeen = async () => (await people.sql.run('SELECT last_seen_at FROM sessions'))[0]
    pass(60)
    await store.find(token)
    expect(await lastSeen()).toEqual({ last_seen_at: new Date('2027-01-01T12:00:00Z') })
    pass(1)
    expect((await credentialOf(token)).expiresAt).toEqual(new Date('2027-01-02T12:01:01Z'))
    expect(await lastSeen()).toEqual({ last_seen_at: new Date('2027-01-01T12:01:01Z') })
  })

  test('expired sessions are deleted, and live ones stay', async () => {
    pass(6 * 24 * hour)
    const live = await start()
    pass(2 * 24 * hour - 12 * hour)
    await store.deleteExpired()
    expect(await people.sql.run('SELECT id FROM sessions')).toEqual([{ id: hashToken(live) }])
  })
})

describe('renewing', () => {
  test('the time of authentication moves when the user has authenticated, and only then', async () => {
    const began = now
    pass(600)
    const renewed = await renew(token, { token: generateToken() })
    expect((await credentialOf(renewed)).authenticatedAt).toEqual(began)
    const again = await renew(renewed, { token: generateToken(), authenticated: true })
    expect((await credentialOf(again)).authenticatedAt).toEqual(now)
  })

  test('a second factor is kept until a renewal says otherwise', async () => {
    const strong = await renew(token, { token: generateToken(), secondFactor: true })
    expect(await credentialOf(strong)).toHaveProperty('secondFactor', true)
    const same = await renew(strong, { token: generateToken(), authenticated: true })
    expect(await credentialOf(same)).toHaveProperty('secondFactor', true)
    const weak = await renew(same, { token: generateToken(), secondFactor: false })
    expect(await credentialOf(weak)).toHaveProperty('secondFactor', false)
  })

  test('the user names the session as before', async () => {
    const id = await idOf(token)
    expect(await idOf(await renew(token, { token: generateToken() }))).toBe(id)
  })

  test('of another session than the one that was checked changes nothing', async () => {
    const [mine, other] = [await start(), await start()]
    const [id, otherId] = [await idOf(mine), await idOf(other)]
    const next = { token: generateToken(), secondFactor: true, completes: true }
    expect(await store.renew(other, { ...next, sessionId: id })).toBe(false)
    expect((await store.find(other))?.identity.credential).toMatchObject({ secondFactor: false })
    expect(await store.renew(other, { ...next, sessionId: otherId })).toBe(true)
  })
})

describe('a user’s list', () => {
  const listIds = async () => (await store.list(alice.userId)).map(({ id }) => id)

  test('shows what the user needs to know a session by, and nothing to enter it with', async () => {
    const list = await store.list(alice.userId)
    expect(list).toEqual([
      {
        id: await idOf(token),
        createdAt: now,
        lastSeenAt: now,
        expiresAt: new Date('2027-01-02T12:00:00Z'),
        address: '192.0.2.1',
        userAgent: 'a'.repeat(256),
        impersonated: false,
      },
    ])
    expect(JSON.stringify(list)).not.toContain(hashToken(token))
    expect(JSON.stringify(list)).not.toContain(token)
  })

  test('begins with the one that was seen last', async () => {
    pass(60)
    const second = await start()
    expect(await listIds()).toEqual([await idOf(second), await idOf(token)])
    pass(61)
    const first = await idOf(token)
    expect(await listIds()).toEqual([first, await idOf(second)])
  })

  test('has no half session, none that is over and nobody else’s', async () => {
    const [idle] = await listIds()
    pass(23 * hour)
    await start({ pending: true })
    await start({ userId: (await people.create('bob')).userId })
    const own = await idOf(await start())
    expect(await listIds()).toEqual([own, idle])
    pass(hour)
    expect(await listIds()).toEqual([own])
  })
})

describe('ending', () => {
  test('a deleted session is gone, and others stay', async () => {
    const second = await start()
    await store.delete(token)
    expect(await store.find(token)).toBeNull()
    expect(await store.find(second)).not.toBeNull()
  })

  test('all sessions of one user are deleted, and nobody else’s', async () => {
    const second = await start()
    const bob = await start({ userId: (await people.create('bob')).userId })
    await store.deleteAllOf(alice.userId)
    expect([await store.find(token), await store.find(second)]).toEqual([null, null])
    expect(await store.find(bob)).not.toBeNull()
  })

  test('one’s own session can be ended by its name, once', async () => {
    const second = await start()
    const id = await idOf(second)
    expect(await store.deleteOne(alice.userId, id)).toBe(true)
    expect(await store.find(second)).toBeNull()
    expect(await store.find(token)).not.toBeNull()
    expect(await store.deleteOne(alice.userId, id)).toBe(false)
  })

  test('somebody else’s session cannot be ended by its name', async () => {
    const bob = await people.create('bob')
    const id = await idOf(token)
    expect(await store.deleteOne(bob.userId, id)).toBe(false)
    expect(await store.find(token)).not.toBeNull()
  })

  test('all others end, the half ones too, and nobody else’s', async () => {
    const others = [await start(), await start({ pending: true })]
    const bob = await start({ userId: (await people.create('bob')).userId })
    await store.deleteOthers(alice.userId, await idOf(token))
    expect(await Promise.all(others.map((other) => store.find(other)))).toEqual([null, null])
    expect(await store.find(token)).not.toBeNull()
    expect(await store.find(bob)).not.toBeNull()
  })
})
