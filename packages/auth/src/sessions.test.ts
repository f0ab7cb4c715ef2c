import { openDatabase } from '@repo/database'
import { findFreePort } from '@repo/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createPeople, type People } from '../test/create-people.ts'
import { createLuciaSessions } from './lucia-sessions.ts'
import { createPlainSessions } from './plain-sessions.ts'
import { createSessionStore } from './session-store.ts'
import type { Sessions } from './sessions.ts'
import { generateToken, hashToken } from './tokens.ts'

let people: People
let userId: string
let now: Date

beforeAll(async () => {
  people = await createPeople()
  userId = (await people.create('alice')).userId
})
beforeEach(() => {
  now = new Date('2027-01-01T12:00:00Z')
})
afterAll(() => people.close())

const whole = { address: null, userAgent: null, pending: false, secondFactor: false }
const half = { ...whole, pending: true }
const noon = (day: string) => new Date(`2027-01-${day}T12:00:00Z`)
const hour = 3_600

const pass = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000)
}

/** A Set-Cookie header as its name, its value and its attributes in order. */
function parse(cookie: string) {
  const [pair = '', ...attributes] = cookie.split('; ')
  const [name, value] = pair.split('=')
  return { name, value, attributes: attributes.sort() }
}

describe.each([
  ['Lucia', createLuciaSessions],
  ['our own implementation', createPlainSessions],
])('sessions by %s', (_name, createSessions) => {
  const open = (secureCookies = true, database = people.database): Sessions =>
    createSessions({ store: createSessionStore({ database, clock: () => now }), secureCookies })
  const start = async () => (await open().create({ userId, ...whole })).token
  const find = (token: string) => open().find(token)
  const live = (seen: Date) => new Date(seen.getTime() + 24 * hour * 1_000)

  describe.each([
    [true, '__Host-session', ['Secure']],
    [false, 'session', []],
  ] as const)('with secure cookies: %s', (secure, name, more) => {
    const attributesFor = (seconds: number) =>
      ['HttpOnly', `Max-Age=${seconds}`, 'Path=/', 'SameSite=Lax', ...more].sort()

    test('the cookie carries the token, out of reach for scripts and other sites', async () => {
      const sessions = open(secure)
      const { token, cookie } = await sessions.create({ userId, ...whole })
      expect(sessions.cookieName).toBe(name)
      expect(parse(cookie)).toEqual({ name, value: token, attributes: attributesFor(604_800) })
    })

    test('the cookie of a half session is gone with it, after five minutes', async () => {
      const sessions = open(secure)
      const { token, cookie } = await sessions.create({ userId, ...whole, pending: true })
      expect(parse(cookie)).toEqual({ name, value: token, attributes: attributesFor(300) })
      const completed = await sessions.renew(token, { completes: true })
      expect(parse(completed?.cookie ?? '')).toMatchObject({ attributes: attributesFor(604_800) })
    })

    test('a renewed session’s cookie carries the new token under the same attributes', async () => {
      const sessions = open(secure)
      const renewed = await sessions.renew(await start(), {})
      const attributes = attributesFor(604_800)
      expect(parse(renewed?.cookie ?? '')).toEqual({ name, value: renewed?.token, attributes })
    })

    test('the end of a session empties the cookie under the same attributes', async () => {
      const sessions = open(secure)
      const [token, other] = [await start(), await start()]
      expect(await find(token)).toMatchObject({ identity: { userId } })
      const cookie = await sessions.delete(token)
      expect(parse(cookie)).toEqual({ name, value: '', attributes: attributesFor(0) })
      expect(await find(token)).toBeNull()
      expect(await find(other)).toMatchObject({ identity: { userId } })
    })
  })

  test('a session is found with who is in it', async () => {
    expect(await find(await start())).toMatchObject({
      pending: false,
      identity: {
        userId,
        email: 'alice@people.test',
        credential: {
          kind: 'session',
          secondFactor: false,
          authenticatedAt: now,
          expiresAt: live(now),
        },
      },
    })
  })

  test('a session is pending, or made with a second factor, as it was created', async () => {
    const { token } = await open().create({ userId, ...half })
    const strong = await open().create({ userId, ...whole, secondFactor: true })
    expect(await find(token)).toMatchObject({
      pending: true,
      identity: { credential: { secondFactor: false } },
    })
    expect(await find(strong.token)).toMatchObject({
      pending: false,
      identity: { credential: { secondFactor: true } },
    })
  })

  test('each log-in gets a token of its own', async () => {
    const [first, second] = [await start(), await start()]
    expect(first).not.toBe(second)
    expect(await find(first)).toMatchObject({ identity: { userId } })
    expect(await find(second)).toMatchObject({ identity: { userId } })
  })

  test('a malformed token costs no query; a well-formed one does', async () => {
    // No server answers here, so that any query would throw.
    const database = openDatabase({ url: `postgresql://a:b@127.0.0.1:${await findFreePort()}/c` })
    const sessions = open(true, database)
    for (const malformed of ['', 'guess', 'A'.repeat(49), `${generateToken()}x`]) {
      expect(await sessions.find(malformed)).toBeNull()
    }
    await expect(sessions.find(generateToken())).rejects.toMatchObject({ code: 'unavailable' })
    await database.close()
  })

  test('a well-formed token of no session is nobody', async () => {
    expect(await find(generateToken())).toBeNull()
    expect(await find(await start())).not.toBeNull()
  })

  test('a session that was not seen for a day is nobody’s', async () => {
    const token = await start()
    pass(24 * hour)
    expect(await find(token)).toBeNull()
  })

  test('after a renewal the old token is worth nothing and the session is the same', async () => {
    const token = await start()
    const before = await find(token)
    const renewed = await open().renew(token, {})
    expect(await find(token)).toBeNull()
    expect(await find(renewed?.token ?? '')).toEqual(before)
    expect(await open().renew(token, {})).toBeNull()
  })

  test('a renewal keeps the absolute end of the session', async () => {
    let token = await start()
    for (let day = 0; day < 6; day += 1) {
      pass(23.9 * hour)
      token = (await open().renew(token, { authenticated: true, secondFactor: true }))?.token ?? ''
    }
    pass(12 * hour)
    expect(await find(token)).toHaveProperty('identity.credential.expiresAt', noon('08'))
    pass(13 * hour)
    expect(await find(token)).toBeNull()
    expect(await open().renew(token, { completes: true })).toBeNull()
  })

  test('a session that was not seen for a day cannot be renewed', async () => {
    const [token, other] = [await start(), await start()]
    pass(24 * hour - 1)
    expect(await open().renew(other, {})).not.toBeNull()
    pass(1)
    expect(await open().renew(token, {})).toBeNull()
  })

  test('a half session that completes is whole, with a life of its own', async () => {
    const { token } = await open().create({ userId, ...half })
    pass(240)
    const renewal = { authenticated: true, secondFactor: true, completes: true }
    const renewed = await open().renew(token, renewal)
    pass(23 * hour)
    expect(await find(renewed?.token ?? '')).toMatchObject({
      pending: false,
      identity: { credential: { secondFactor: true } },
    })
    expect(await find(token)).toBeNull()
  })

  test('a half session that is renewed otherwise stays half, and as short', async () => {
    const { token } = await open().create({ userId, ...half })
    pass(240)
    const renewed = await open().renew(token, { authenticated: true })
    expect(await find(renewed?.token ?? '')).toMatchObject({ pending: true })
    pass(60)
    expect(await find(renewed?.token ?? '')).toBeNull()
  })

  test('of 20 renewals at once exactly one has the session', async () => {
    const token = await start()
    const renewals = Array.from({ length: 20 }, () => open().renew(token, {}))
    const won = (await Promise.all(renewals)).filter((renewed) => renewed !== null)
    expect(won).toHaveLength(1)
    expect(await find(won[0]?.token ?? '')).toMatchObject({ identity: { userId } })
    expect(await find(token)).toBeNull()
  })

  test('the token is stored nowhere, only its hash', async () => {
    const token = (await open().renew(await start(), {}))?.token ?? ''
    const ids = (await people.sql.run('SELECT id FROM sessions')).map(({ id }) => id)
    expect(ids).toContain(hashToken(token))
    expect(ids).not.toContain(token)
  })
})
