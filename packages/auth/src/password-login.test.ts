import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CountedWork, countWork } from '../test/count-work.ts'
import { createPeople, type People } from '../test/create-people.ts'
import { createPasswordLogin, type PasswordLogin } from './password-login.ts'
import { createPasswords } from './passwords.ts'

let people: People
let login: PasswordLogin
let work: CountedWork
let userId: string

const passwords = createPasswords()
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
  login = createPasswordLogin(work)
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

test.each(nobodies)('%s costs what the right password costs', async (_name, email, given) => {
  const once = { hashes: 0, verifications: 1, queries: ['identity_find_password'] }
  expect(await work.count(() => login.check(email, given))).toEqual(once)
  expect(await work.count(() => check())).toEqual(once)
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
    costs.unknown.push(await cost(() => login.check('nobody@people.test', 'wrong')))
    costs.wrong.push(await cost(() => login.check('alice@people.test', 'wrong')))
    costs.query.push(await cost(() => people.database.ping()))
  }
  // The least of many is free of what else the machine does.
  const [unknown, wrong] = [Math.min(...costs.unknown), Math.min(...costs.wrong)]
  expect(unknown / wrong).toBeGreaterThan(0.6)
  expect(unknown / wrong).toBeLessThan(1.6)
  expect(Math.min(...costs.query) / wrong).toBeLessThan(0.5)
})
