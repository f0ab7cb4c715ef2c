import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPeople, type People } from '../test/create-people.ts'
import { createPasswordLogin, type PasswordLogin } from './password-login.ts'
import { createPasswords } from './passwords.ts'

let people: People
let login: PasswordLogin
let userId: string

const passwords = createPasswords()
const password = 'correct horse battery staple'

beforeAll(async () => {
  people = await createPeople()
  const alice = await people.create('alice')
  userId = alice.userId
  const disabled = await people.create('disabled')
  await people.create('without-password')
  const hash = await passwords.hash(password)
  for (const id of [userId, disabled.userId]) {
    await people.sql.run('INSERT INTO passwords (user_id, hash) VALUES ($1, $2)', [id, hash])
  }
  const disable = 'UPDATE users SET disabled_at = now() WHERE id = $1'
  await people.sql.run(disable, [disabled.userId])
  login = createPasswordLogin({ database: people.database, passwords })
})
afterAll(() => people.close())

test('the right password names the user', async () => {
  expect(await login.check('alice@people.test', password)).toBe(userId)
})

test.each([
  ['a wrong password', 'alice@people.test', 'wrong'],
  ['an unknown e-mail', 'nobody@people.test', password],
  ['the stand-in’s password', 'nobody@people.test', 'nobody has this password'],
  ['a disabled user', 'disabled@people.test', password],
  ['a user without a password', 'without-password@people.test', password],
  ['an e-mail that would be SQL', `' OR '1' = '1`, password],
])('%s is nobody', async (_name, email, given) => {
  expect(await login.check(email, given)).toBeNull()
})

test('an unknown e-mail costs what a wrong password costs', async () => {
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
