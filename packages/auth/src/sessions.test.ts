import { openDatabase } from '@repo/database'
import { findFreePort } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPeople, type People } from '../test/create-people.ts'
import { createSessionStore } from './session-store.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { generateToken } from './tokens.ts'

let people: People
let userId: string

beforeAll(async () => {
  people = await createPeople()
  userId = (await people.create('alice')).userId
})
afterAll(() => people.close())

const open = (secureCookies: boolean, database = people.database): Sessions => {
  const store = createSessionStore({
    database,
    clock: () => new Date(),
  })
  return createSessions({ store, secureCookies })
}
const origin = { address: null, userAgent: null }

/** A Set-Cookie header as its name, its value and its attributes in order. */
function parse(cookie: string) {
  const [pair = '', ...attributes] = cookie.split('; ')
  const [name, value] = pair.split('=')
  return { name, value, attributes: attributes.sort() }
}

describe.each([
  [true, '__Host-session', ['Secure']],
  [false, 'session', []],
] as const)('with secure cookies: %s', (secure, name, more) => {
  test('the cookie carries the token, out of reach for scripts and other sites', async () => {
    const sessions = open(secure)
    const { token, cookie } = await sessions.create({ userId, ...origin })
    expect(sessions.cookieName).toBe(name)
    expect(parse(cookie)).toEqual({
      name,
      value: token,
      attributes: ['HttpOnly', 'Max-Age=604800', 'Path=/', 'SameSite=Lax', ...more].sort(),
    })
  })

  test('the end of a session empties the cookie under the same attributes', async () => {
    const sessions = open(secure)
    const { token } = await sessions.create({ userId, ...origin })
    expect(await sessions.find(token)).toMatchObject({ userId })
    expect(parse(await sessions.delete(token))).toEqual({
      name,
      value: '',
      attributes: ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax', ...more].sort(),
    })
    expect(await sessions.find(token)).toBeNull()
  })
})

test('each log-in gets a token of its own', async () => {
  const sessions = open(true)
  const [first, second] = [
    await sessions.create({ userId, ...origin }),
    await sessions.create({ userId, ...origin }),
  ]
  expect(first.token).not.toBe(second.token)
  expect(await sessions.find(first.token)).toMatchObject({ userId })
  expect(await sessions.find(second.token)).toMatchObject({ userId })
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
  expect(await open(true).find(generateToken())).toBeNull()
})
