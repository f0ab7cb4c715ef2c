import { afterEach, beforeEach, expect, test } from 'vitest'
import { countWork } from '../test/count-work.ts'
import {
  type AccountPeople,
  createAccountPeople,
  emailOf,
  type OpenAccount,
  password,
} from '../test/create-account-people.ts'
import { dumpDatabase } from '../test/dump-database.ts'
import { createAccounts } from './accounts.ts'
import { createAskIdentity } from './identity-functions.ts'
import { createOneTimeTokens } from './one-time-tokens.ts'
import { createPasswords } from './passwords.ts'
import { generateToken, hashToken } from './tokens.ts'

let setting: AccountPeople
let alice: OpenAccount

beforeEach(async () => {
  setting = await createAccountPeople()
  alice = await setting.open('alice')
})
afterEach(() => setting.close())

/** One live link of each kind. */
async function mailLinks() {
  const { accounts, linkTo } = setting
  await accounts.registrations.register({ email: emailOf('zoe'), password, name: 'zoe' })
  const register = await linkTo(emailOf('zoe'))
  await accounts.passwords.forgot(emailOf('alice'))
  const reset = await linkTo(emailOf('alice'))
  await accounts.emails.begin(alice.identity, emailOf('alicia'))
  return {
    register,
    reset,
    old: await linkTo(emailOf('alice')),
    next: await linkTo(emailOf('alicia')),
  }
}

test('no table holds a link’s token, a session’s or a password, only what is checked against', async () => {
  const links = Object.values(await mailLinks())
  const { text } = await dumpDatabase(setting.people.sql)
  for (const token of [...links, alice.token]) {
    expect(text).toContain(hashToken(token))
    expect(text).not.toContain(token.slice(0, 43))
  }
  expect(text).not.toContain(password)
  expect(text).toContain('$argon2id$')
})

test('a dump gives nobody a way in: no string of it is a link, a session or a password', async () => {
  const links = await mailLinks()
  const { accounts, store, people, now } = setting
  const { registrations, passwords, emails, login } = accounts
  const ask = createAskIdentity(people.database)
  const tokens = createOneTimeTokens(ask, now)
  const { strings } = await dumpDatabase(people.sql)
  expect(strings).toContain(hashToken(links.reset))
  const refused = { code: 'invalid_link' }
  for (const string of strings) {
    expect(await store.find(string)).toBeNull()
    // Past the check of their form too, which a hash does not have.
    expect(await tokens.redeem(string, 'register')).toBeNull()
    expect(await tokens.redeem(string, 'reset_password')).toBeNull()
    expect(await ask('confirm_email_change', hashToken(string), now())).toEqual([])
    await expect(registrations.confirm(string)).rejects.toMatchObject(refused)
    await expect(passwords.reset(string, password)).rejects.toMatchObject(refused)
    await expect(emails.confirm(string)).rejects.toMatchObject(refused)
  }
  const hashes = strings.filter((string) => string.startsWith('$argon2id$'))
  expect(hashes).toHaveLength(2)
  for (const hash of hashes) expect(await login.check(emailOf('alice'), hash)).toBeNull()
  expect(await store.find(alice.token)).not.toBeNull()
  expect(await emails.confirm(links.old)).toEqual({ changed: false })
  expect(await registrations.confirm(links.register)).toMatch(/^[\da-f-]{36}$/)
  await passwords.reset(links.reset, 'another horse battery staple')
})

test('a link is good for what it was mailed for alone', async () => {
  const links = await mailLinks()
  const { registrations, passwords, emails } = setting.accounts
  const uses = {
    register: (token: string) => registrations.confirm(token),
    reset: (token: string) => passwords.reset(token, 'another horse battery staple'),
    old: (token: string) => emails.confirm(token),
  }
  for (const [purpose, use] of Object.entries(uses)) {
    for (const [kind, token] of Object.entries(links)) {
      if (kind === purpose || (kind === 'next' && purpose === 'old')) continue
      await expect(use(token)).rejects.toMatchObject({ code: 'invalid_link' })
    }
  }
  await expect(uses.register(links.register)).resolves.toBeTypeOf('string')
  await expect(uses.old(links.old)).resolves.toEqual({ changed: false })
  await expect(uses.reset(links.reset)).resolves.toBeUndefined()
})

test('a malformed link costs no query; a well-formed one does', async () => {
  const { people, now } = setting
  const work = countWork({ database: people.database, passwords: createPasswords() })
  const mailer = { send: () => Promise.reject(new Error('No mail is to be sent.')) }
  const { registrations, passwords, emails } = createAccounts({
    database: work.database,
    clock: now,
    mailer,
    baseUrl: 'https://app.people.test',
    mayMail: async () => true,
    inBackground: (task) => task(),
  })
  const uses = [
    (token: string) => registrations.confirm(token),
    (token: string) => passwords.reset(token, 'another horse battery staple'),
    (token: string) => emails.confirm(token),
  ]
  const queriesOf = async (use: (token: string) => Promise<unknown>, token: string) =>
    (await work.count(() => expect(use(token)).rejects.toMatchObject({ code: 'invalid_link' })))
      .queries
  for (const use of uses) {
    for (const malformed of ['', 'guess', 'A'.repeat(49), `${generateToken()}x`]) {
      expect(await queriesOf(use, malformed)).toEqual([])
    }
    expect(await queriesOf(use, generateToken())).toHaveLength(1)
  }
})
