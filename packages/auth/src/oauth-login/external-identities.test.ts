import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type AccountPeople,
  createAccountPeople,
  emailOf,
  password,
} from '../../test/create-account-people.ts'
import { slowWrites } from '../../test/slow-writes.ts'
import { createAskIdentity } from '../identity-functions.ts'
import { createExternalIdentities, type ExternalIdentities } from './external-identities.ts'

let setting: AccountPeople
let identities: ExternalIdentities

const email = emailOf('alice')
const issuer = 'https://id.people.test'
const alice = { issuer, subject: '1', email, emailVerified: true, name: 'Alice' }

beforeEach(async () => {
  setting = await createAccountPeople()
  identities = createExternalIdentities({
    ask: createAskIdentity(setting.people.database),
    clock: setting.now,
    mails: setting.accounts.mails,
  })
})
afterEach(() => setting.close())

const logIn = (changes: Partial<typeof alice> = {}) =>
  identities.logIn({ ...alice, ...changes }, 'people')
const count = async (table: string) => (await setting.people.sql.run(`SELECT FROM ${table}`)).length

test('a subject is its issuer’s alone', async () => {
  const { userId } = await logIn()
  const other = { issuer: 'https://other.people.test', email: emailOf('bob') }
  expect((await logIn(other)).userId).not.toBe(userId)
  expect((await logIn({ ...other, email })).userId).not.toBe(userId)
  expect((await logIn({ email: emailOf('carol') })).userId).toBe(userId)
})

test('of many first log-ins of one subject at once there is one account', async () => {
  const matches = await Promise.all(Array.from({ length: 8 }, () => logIn()))
  expect(new Set(matches.map(({ userId }) => userId)).size).toBe(1)
  expect([await count('users'), await count('organizations')]).toEqual([1, 1])
})

test('of many subjects with one address at once there is one account', async () => {
  const subjects = Array.from({ length: 8 }, (_, index) => String(index))
  const matches = await Promise.all(subjects.map((subject) => logIn({ subject })))
  expect(new Set(matches.map(({ userId }) => userId)).size).toBe(1)
  expect([await count('users'), await count('external_identities')]).toEqual([1, 8])
})

test('a stranger’s registration that is confirmed meanwhile gets no account of its own', async () => {
  for (let round = 0; round < 10; round += 1) {
    await setting.accounts.registrations.register({ email, password, name: 'Mallory' })
  }
  const token = await setting.linkTo(email)
  await slowWrites(setting.people.sql, 'one_time_tokens')
  const [match] = await Promise.all([
    logIn(),
    setting.accounts.registrations.confirm(token).catch(() => null),
  ])
  expect(await count('users')).toBe(1)
  const [user] = await setting.people.sql.run('SELECT id FROM users')
  expect(match?.userId).toBe(user?.['id'])
})

test('a password that was being tried while the account was taken back opens no session', async () => {
  const { identity, token } = await setting.open('alice')
  const { userId } = identity
  const { sql } = setting.people
  await sql.run('UPDATE users SET email_verified_at = NULL')
  const [row] = await sql.run('SELECT hash FROM passwords')
  const { userId: taken } = await logIn()
  expect([taken, await setting.store.find(token)]).toEqual([userId, null])
  const origin = { address: null, userAgent: null, pending: false, secondFactor: false }
  const late = { token: 'x', userId, ...origin, provenBy: String(row?.['hash']) }
  await expect(setting.store.create(late)).rejects.toMatchObject({ code: 'invalid_credentials' })
})

test('of a log-in and a link of one subject at once one has it', async () => {
  const user = { userId: (await setting.open('bob')).identity.userId, email: emailOf('bob') }
  for (let round = 0; round < 20; round += 1) {
    const person = { ...alice, subject: String(round) }
    const link = identities.link(user, person, 'people').then(
      () => user.userId,
      ({ code }) => code,
    )
    const [linked, { userId }] = await Promise.all([link, logIn(person)])
    expect(linked === user.userId ? userId : linked).toBe(
      linked === user.userId ? user.userId : 'conflict',
    )
  }
  expect(await count('external_identities')).toBe(20)
})

test('an erased person is known to no provider; who comes again is somebody new', async () => {
  const { userId } = await logIn()
  await setting.accounts.delete((await setting.signIn(userId)).identity)
  expect(await count('external_identities')).toBe(0)
  expect((await logIn()).userId).not.toBe(userId)
})

test('an address of a person whom nobody may log in as is linked to nobody', async () => {
  await setting.open('alice')
  await setting.people.sql.run('UPDATE users SET disabled_at = now(), email_verified_at = NULL')
  await expect(logIn()).rejects.toMatchObject({ code: 'invalid_credentials' })
  expect([await count('external_identities'), await count('passwords')]).toEqual([0, 1])
})

test('the serving role reads and writes none of it but by its functions', async () => {
  await logIn()
  const ask = (text: string) =>
    setting.people.database.query({ name: text.slice(0, 60), text, values: [] })
  for (const text of [
    'SELECT * FROM external_identities',
    'DELETE FROM external_identities',
    "UPDATE external_identities SET subject = 'x'",
  ]) {
    await expect(ask(text)).rejects.toThrow()
  }
  expect(await ask('SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await count('external_identities')).toBe(1)
})
