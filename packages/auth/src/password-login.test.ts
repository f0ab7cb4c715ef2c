import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CountedWork, countWork } from '../test/count-work.ts'
import { createPeople, type People } from '../test/create-people.ts'
import { createPasswordLogin, type PasswordLogin } from './password-login.ts'
import { createPasswords } from './passwords.ts'

let people: People
let login: PasswordLogin
let work: CountedWork
let userId: string

const passwords = createPasswords()
let now = new Date('2027-01-01T12:00:00Z')
const password = 'correct horse battery staple'

beforeAll(async () => {
  people = await createPeople()
  const hash = await passwords.hash(password)
  const ids = new Map<string, string>()
  for (const name of ['alice', 'disabled', 'unverified', 'external']) {
    ids.set(name, (await people.create(name)).userId)
    if (name === 'external') continue
    const keep = 'INSERT INTO passwords (user_id, hash) VALUES ($1, $2)'
    await people.sql.run(keep, [ids.get(name), hash])
  }
  userId = ids.get('alice') ?? ''
  await people.sql.run(`UPDATE users SET email_verified_at = NULL WHERE name = 'unverified'`)
  await people.sql.run(`UPDATE users SET disabled_at = now() WHERE name = 'disabled'`)
  work = countWork({ database: people.database, passwords })
  login = createPasswordLogin({ ...work, clock: () => now })
})
afterAll(() => people.close())

const check = (email = 'alice@people.test') => login.check(email, password)

test('the right password names the user and what comes next', async () => {
  expect(await check()).toMatchObject({ userId, secondFactor: false, platformRole: null })
})

test('a confirmed second factor and a platform role are told; one that is begun is not', async () => {
  const begin = `INSERT INTO totp_secrets (user_id, secret) VALUES ($1, 'unread')`
  await people.sql.run(begin, [userId])
  expect(await check()).toHaveProperty('secondFactor', false)
  await people.sql.run('UPDATE totp_secrets SET confirmed_at = now()')
  await people.sql.run(`UPDATE users SET platform_role = 'admin' WHERE id = $1`, [userId])
  expect(await check()).toMatchObject({ userId, secondFactor: true, platformRole: 'admin' })
  await people.sql.run('DELETE FROM totp_secrets')
  await people.sql.run('UPDATE users SET platform_role = NULL')
})

const nobodies = [
  ['a wrong password', 'alice@people.test', 'wrong'],
  ['an unknown e-mail', 'nobody@people.test', password],
  ['the stand-in’s password', 'nobody@people.test', 'nobody has this password'],
  ['a disabled user', 'disabled@people.test', password],
  ['an address that was never verified', 'unverified@people.test', password],
  ['a user without a password', 'external@people.test', password],
  ['the stand-in’s for a user without one', 'external@people.test', 'nobody has this password'],
  ['an e-mail that would be SQL', `' OR '1' = '1`, password],
] as const

test.each(nobodies)('%s is nobody', async (_name, email, given) => {
  expect(await login.check(email, given)).toBeNull()
  expect(await check()).toMatchObject({ userId })
})

// A failure is counted, whoever it is of; the first success after it takes the count away.
const costOf = (...more: readonly string[]) => ({
  hashes: 0,
  verifications: 1,
  queries: ['identity_find_password', ...more],
})

test.each(nobodies)('%s costs what any failure costs', async (_name, email, given) => {
  const failure = costOf('identity_count_failed_log_in')
  expect(await work.count(() => login.check(email, given))).toEqual(failure)
  await check()
  expect(await work.count(() => check())).toEqual(costOf())
})

describe('an account that somebody guesses at', () => {
  const minutes = (count: number) => {
    now = new Date(now.getTime() + count * 60_000)
  }
  const fail = async (email: string, times: number) => {
    for (let time = 0; time < times; time += 1) await login.check(email, 'a guess')
  }
  beforeEach(() => minutes(24 * 60 + 1))

  test.each(['alice@people.test', 'nobody@people.test'])(
    '%s takes no log-in from a stranger after ten failures, right or wrong, without work',
    async (email) => {
      await fail(email, 9)
      expect(await login.check(email, 'the tenth')).toBeNull()
      for (const given of [password, 'the eleventh']) {
        const refused = login.check(email, given)
        await expect(refused).rejects.toMatchObject({
          ...{ code: 'rate_limited', retryAfterSeconds: 900 },
        })
      }
      const asked = work.count(() => login.check(email, password).catch(() => null))
      expect(await asked).toEqual({ ...costOf(), verifications: 0 })
    },
  )

  test('is open to whom the browser knows since they set their password, and to nobody else', async () => {
    await fail('alice@people.test', 10)
    const [row] = await people.sql.run('SELECT updated_at FROM passwords WHERE user_id = $1', [
      userId,
    ])
    const setAt = Number(row?.['updated_at'])
    const knownSince = (id: string, ms: number) => ({
      knownUsers: [{ userId: id, since: new Date(setAt + ms) }],
    })
    for (const stranger of [knownSince('another', 1), knownSince(userId, -1)]) {
      const refused = login.check('alice@people.test', password, stranger)
      await expect(refused).rejects.toMatchObject({ code: 'rate_limited' })
    }
    const asker = knownSince(userId, 1)
    expect(await login.check('alice@people.test', 'wrong', asker)).toBeNull()
    expect(await login.check('alice@people.test', password, asker)).toMatchObject({ userId })
  })

  test('is open again a quarter of an hour after the first failure, and says so', async () => {
    await fail('alice@people.test', 5)
    minutes(5)
    await fail('alice@people.test', 5)
    await expect(check()).rejects.toMatchObject({ retryAfterSeconds: 600 })
    minutes(9)
    await expect(check()).rejects.toMatchObject({ retryAfterSeconds: 60 })
    minutes(1)
    expect(await check()).toMatchObject({ userId })
  })

  test('forgets what failed at a success, and in a quarter of an hour', async () => {
    await fail('alice@people.test', 9)
    await check()
    await fail('alice@people.test', 9)
    minutes(15)
    await fail('alice@people.test', 9)
    expect(await check()).toMatchObject({ userId })
  })

  test('is open to who sets a new password', async () => {
    await fail('alice@people.test', 10)
    await expect(check()).rejects.toMatchObject({ code: 'rate_limited' })
    await people.sql.run('UPDATE passwords SET hash = hash WHERE user_id = $1', [userId])
    expect(await check()).toMatchObject({ userId })
  })

  test('is counted once for each of many failures at once', async () => {
    await Promise.all(Array.from({ length: 9 }, () => login.check('alice@people.test', 'guess')))
    expect(await login.check('alice@people.test', 'the tenth')).toBeNull()
    await expect(check()).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('leaves nothing to read addresses from, and nothing for long', async () => {
    await fail('alice@people.test', 1)
    const rows = () => people.sql.run('SELECT * FROM failed_log_ins')
    expect(JSON.stringify(await rows())).not.toContain('alice')
    minutes(24 * 60 + 1)
    await fail('bob@people.test', 1)
    expect(await rows()).toHaveLength(1)
  })
})

test.each(['disabled@people.test', 'unverified@people.test'])(
  '%s would be let in but for that one thing',
  async (email) => {
    const [before] = await people.sql.run('SELECT * FROM users WHERE email = $1', [email])
    const values = [email, before?.['disabled_at'], before?.['email_verified_at']]
    const lift = 'UPDATE users SET disabled_at = NULL, email_verified_at = now() WHERE email = $1'
    await people.sql.run(lift, [email])
    expect(await check(email)).toMatchObject({ userId: before?.['id'] })
    const back = 'UPDATE users SET disabled_at = $2, email_verified_at = $3 WHERE email = $1'
    await people.sql.run(back, values)
    expect(await check(email)).toBeNull()
  },
)

test('the stand-in of an unknown user costs what a wrong password costs', async () => {
  const cost = async (task: () => Promise<unknown>) => {
    const began = performance.now()
    await task()
    return performance.now() - began
  }
  const costs = { unknown: [] as number[], wrong: [] as number[], query: [] as number[] }
  for (let round = 0; round < 15; round += 1) {
    // Before the brake.
    now = new Date(now.getTime() + 60 * 60_000)
    costs.unknown.push(await cost(() => login.check('nobody@people.test', 'wrong')))
    costs.wrong.push(await cost(() => login.check('alice@people.test', 'wrong')))
    costs.query.push(await cost(() => people.database.ping()))
  }
  // The least of many is free of what else the machine does.
  const [unknown, wrong] = [Math.min(...costs.unknown), Math.min(...costs.wrong)]
  expect(unknown / wrong).toBeGreaterThan(0.5)
  expect(unknown / wrong).toBeLessThan(2)
  expect(Math.min(...costs.query) / wrong).toBeLessThan(0.5)
})
