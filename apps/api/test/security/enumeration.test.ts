import { limits } from '@repo/rate-limit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createVisitor } from '../support/create-visitor.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { lookOf } from '../support/look-of.ts'
import { findMails } from '../support/mails.ts'
import { type Answer, anyAddress } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { watchWork } from '../support/watch-work.ts'

let api: TestApi
let world: World

// Before the API starts.
const watch = watchWork()

useWorld((made) => {
  ;({ api, world } = made)
})

type Route = 'POST /auth/login' | 'POST /auth/register' | 'POST /auth/password/forgot'

/** Somebody, or nobody, by their address. */
type MakeEmail = () => Promise<string>

const freshEmail = async () => `${crypto.randomUUID()}@unknown.test`
const known = async () => (await world.createPerson()).email

const changed = (text: string) => async () => {
  const person: Person = await world.createPerson()
  await world.sql.run(text, [person.id])
  return person.email
}
const disabled = changed('UPDATE users SET disabled_at = now() WHERE id = $1')
const unverified = changed('UPDATE users SET email_verified_at = NULL WHERE id = $1')
const withoutPassword = changed('DELETE FROM passwords WHERE user_id = $1')

const bodyOf = (route: Route, email: string, word: string) => {
  if (route === 'POST /auth/login') return { email, password: word }
  if (route === 'POST /auth/register') return { email, password: word, name: 'Nora' }
  return { email }
}

interface Seen {
  readonly look: ReturnType<typeof lookOf>
  readonly hashes: number
  readonly statements: readonly string[]
}

/** All that an answer shows, and the work that was begun before it. */
async function see(route: Route, email: string, word: string): Promise<Seen> {
  // What an earlier request left behind it is not this one's work.
  await new Promise((resolve) => setTimeout(resolve, 100))
  watch.take()
  const answer = await createVisitor(api).ask(route, bodyOf(route, email, word))
  return { look: lookOf(answer), ...watch.take() }
}

beforeEach(async () => {
  // The first use of all: the list of common passwords, the hash of nobody, prepared statements.
  await see('POST /auth/login', await freshEmail(), password)
  await see('POST /auth/register', await freshEmail(), password)
})

interface Case {
  readonly route: Route
  readonly status: number
  readonly hashes: number
  readonly statements: readonly string[]
  readonly people: Readonly<Record<string, readonly [MakeEmail, string]>>
}

const cases: readonly Case[] = [
  {
    route: 'POST /auth/login',
    status: 401,
    hashes: 1,
    statements: ['identity_find_password', 'identity_count_failed_log_in'],
    people: {
      'a wrong password': [known, 'wrong'],
      'an unknown address': [freshEmail, password],
      'a disabled person': [disabled, password],
      'a disabled person, wrong': [disabled, 'wrong'],
      'an unverified person': [unverified, password],
      'a person without a password': [withoutPassword, password],
    },
  },
  {
    route: 'POST /auth/register',
    status: 202,
    hashes: 1,
    statements: ['identity_create_one_time_token', 'identity_find_user'],
    people: {
      'a free address': [freshEmail, password],
      'a taken address': [known, password],
      "a disabled person's": [disabled, password],
    },
  },
  {
    route: 'POST /auth/password/forgot',
    status: 202,
    hashes: 0,
    statements: ['identity_create_one_time_token', 'identity_find_user'],
    people: {
      'a known address': [known, password],
      'an unknown address': [freshEmail, password],
      'a disabled person': [disabled, password],
      'an unverified person': [unverified, password],
      'a person without a password': [withoutPassword, password],
    },
  },
]

describe.each(cases)('$route', ({ route, status, hashes, statements, people }) => {
  it.each(Object.entries(people))('answers the same, after the same work: %s', async (_, who) => {
    const [makeEmail, word] = who
    const seen = await see(route, await makeEmail(), word)
    const [reference] = Object.values(people)
    if (!reference) throw new Error('There is nobody.')
    const first = await see(route, await reference[0](), reference[1])
    expect(first.look.status).toBe(status)
    expect(seen.look).toEqual(first.look)
    expect([seen.hashes, seen.statements]).toEqual([hashes, statements])
    expect([first.hashes, first.statements]).toEqual([hashes, statements])
  })
})

it('a log-in that succeeds looks different, so that the comparison sees something', async () => {
  const right = await see('POST /auth/login', await known(), password)
  expect(right.look.status).toBe(200)
  expect(right.hashes).toBe(1)
  expect(right.statements).toEqual([
    'identity_find_password',
    'identity_create_session',
    'identity_find_session',
  ])
})

describe('mails that anyone can cause', () => {
  const ask = (route: Route, email: string) =>
    createVisitor(api).ask(route, bodyOf(route, email, password))

  /** Waits until nothing is decided behind a reply any more: a mail asked for last has come. */
  async function settle() {
    const email = await known()
    await ask('POST /auth/password/forgot', email)
    await expect.poll(async () => (await findMails(api, email)).length).toBe(1)
  }

  it.each([
    [limits.mail.limit, 'to a known address', known, 'POST /auth/password/forgot'],
    [limits.strayMail.limit, 'to a known address that registers', known, 'POST /auth/register'],
    [limits.mail.limit, 'to an unknown address that registers', freshEmail, 'POST /auth/register'],
  ] as const)(
    'are at most %i an hour %s, and the answers stay the same',
    async (most, _n, make, route) => {
      const email = await make()
      const answers: Answer[] = []
      for (let count = 0; count < 6; count += 1) answers.push(await ask(route, email))
      await settle()
      expect(await findMails(api, email)).toHaveLength(most)
      const [first, ...others] = answers.map(lookOf)
      expect(first?.status).toBe(202)
      for (const other of others) expect(other).toEqual(first)
    },
  )

  it('are counted over both routes', async () => {
    const email = await known()
    for (let count = 0; count < 3; count += 1) {
      await ask('POST /auth/password/forgot', email)
      await ask('POST /auth/register', email)
    }
    await settle()
    expect(await findMails(api, email)).toHaveLength(limits.mail.limit)
  })

  it('leave room for the owner, however often a stranger registers their address', async () => {
    const email = await known()
    for (let count = 0; count < 5; count += 1) await ask('POST /auth/register', email)
    await ask('POST /auth/password/forgot', email)
    await settle()
    const subjects = (await findMails(api, email)).map(({ subject }) => subject)
    expect(subjects.toSorted()).toEqual(['Set a new password', 'You have an account already'])
  })

  it.each([
    ['an unknown address', freshEmail],
    ['a disabled person', disabled],
  ])('never go to %s who forgot a password', async (_name, make) => {
    const email = await make()
    await ask('POST /auth/password/forgot', email)
    await settle()
    expect(await findMails(api, email)).toEqual([])
  })
})

describe('too many requests', () => {
  it.each([['POST /auth/login'], ['POST /auth/register'], ['POST /auth/password/forgot']] as const)(
    '%s are refused alike, whoever is meant',
    async (route) => {
      const address = anyAddress()
      const visitor = createVisitor(api)
      const knock = (body: object) => visitor.ask(route, body, { address })
      for (let round = 0; round < limits.login.limit / 10; round += 1) {
        await Promise.all(Array.from({ length: 10 }, () => knock({})))
      }
      const emails = [await known(), await freshEmail(), await disabled()]
      const answers = await Promise.all(
        emails.map((email) => knock(bodyOf(route, email, password))),
      )
      const [first, ...others] = answers.map(lookOf)
      expect(first?.status).toBe(429)
      for (const other of others) expect(other).toEqual(first)
      expect((await createVisitor(api).ask(route, {})).status).toBe(400)
    },
  )
})
