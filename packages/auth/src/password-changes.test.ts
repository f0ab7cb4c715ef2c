import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countWork } from '../test/count-work.ts'
import {
  type AccountPeople,
  createAccountPeople,
  emailOf,
  type OpenAccount,
  password,
} from '../test/create-account-people.ts'
import { slowWrites } from '../test/slow-writes.ts'
import { createAskIdentity } from './identity-functions.ts'
import { createOneTimeTokens } from './one-time-tokens.ts'
import { createPasswordChanges, type PasswordChanges } from './password-changes.ts'
import { createPasswordLogin } from './password-login.ts'
import { createPasswordPolicy } from './password-policy.ts'
import { createPasswords } from './passwords.ts'
import { generateToken, hashToken } from './tokens.ts'

let setting: AccountPeople
let passwords: PasswordChanges
let alice: OpenAccount

const email = emailOf('alice')
const next = 'another horse battery staple'
const refused = { code: 'invalid_link' }

beforeEach(async () => {
  setting = await createAccountPeople()
  passwords = setting.accounts.passwords
  alice = await setting.open('alice')
})
afterEach(() => setting.close())

async function forgot(): Promise<string> {
  await passwords.forgot(email)
  return setting.linkTo(email)
}

const logIn = (given: string) => setting.accounts.login.check(email, given)
const isLive = async ({ token }: OpenAccount) => (await setting.store.find(token)) !== null
const userId = () => alice.identity.userId

describe('a forgotten password', () => {
  test('is set by the link in the mail; the old one is worth nothing', async () => {
    await passwords.reset(await forgot(), next)
    expect(await logIn(next)).toMatchObject({ userId: userId() })
    expect(await logIn(password)).toBeNull()
    const [mail] = await setting.mailsTo(email)
    expect(mail?.text).toMatch(/^The password of your account was reset/)
  })

  test('an unknown address gets no mail and costs the same work', async () => {
    const { people, accounts, now } = setting
    const work = countWork({ database: people.database, passwords: createPasswords() })
    const ask = createAskIdentity(work.database)
    const counted = createPasswordChanges({
      ask,
      clock: now,
      tokens: createOneTimeTokens(ask, now),
      passwords: work.passwords,
      login: createPasswordLogin({ ...work, clock: now }),
      policy: createPasswordPolicy(),
      mails: accounts.mails,
    })
    const before = (await setting.mailsTo(email)).length
    const once = { hashes: 0, verifications: 0, queries: ['identity_create_one_time_token'] }
    expect(await work.count(() => counted.forgot(email))).toEqual(once)
    expect(await work.count(() => counted.forgot(emailOf('nobody')))).toEqual(once)
    expect(await setting.mailsTo(emailOf('nobody'))).toEqual([])
    expect(await setting.mailsTo(email)).toHaveLength(before + 1)
  })

  test('a disabled user gets no mail, and a link from before is worth nothing', async () => {
    const token = await forgot()
    const mails = await setting.mailsTo(email)
    await setting.people.sql.run('UPDATE users SET disabled_at = now()')
    await passwords.forgot(email)
    expect(await setting.mailsTo(email)).toEqual(mails)
    await expect(passwords.reset(token, next)).rejects.toMatchObject(refused)
    await setting.people.sql.run('UPDATE users SET disabled_at = NULL')
    expect(await logIn(next)).toBeNull()
    expect(await logIn(password)).not.toBeNull()
  })

  test('ends every session and every other link to it, and nobody else’s', async () => {
    const bob = await setting.open('bob')
    const second = await setting.signIn(userId())
    await passwords.forgot(emailOf('bob'))
    const bobs = await setting.linkTo(emailOf('bob'))
    const [first, other] = [await forgot(), await forgot()]
    await passwords.reset(other, next)
    expect([await isLive(alice), await isLive(second), await isLive(bob)]).toEqual([
      false,
      false,
      true,
    ])
    await expect(passwords.reset(first, password)).rejects.toMatchObject(refused)
    expect(await logIn(next)).not.toBeNull()
    await passwords.reset(bobs, next)
  })

  test('the link proves the address, and gives a password to whoever had none', async () => {
    await setting.people.sql.run('UPDATE users SET email_verified_at = NULL')
    await setting.people.sql.run('DELETE FROM passwords')
    expect(await logIn(password)).toBeNull()
    await passwords.reset(await forgot(), next)
    expect(await logIn(next)).toMatchObject({ userId: userId() })
  })

  test('a link is good for an hour', async () => {
    const [first, second] = [await forgot(), await forgot()]
    setting.pass(3_600)
    await expect(passwords.reset(first, next)).rejects.toMatchObject(refused)
    await expect(passwords.reset(second, next)).rejects.toMatchObject(refused)
    const third = await forgot()
    setting.pass(3_599)
    await passwords.reset(third, next)
  })

  test('a link is good once, and a refused password does not use it up', async () => {
    const token = await forgot()
    const common = passwords.reset(token, 'password1234')
    const fields = [expect.objectContaining({ pointer: '/password' })]
    await expect(common).rejects.toMatchObject({ code: 'invalid_input', fields })
    const personal = passwords.reset(token, emailOf('alice'))
    await expect(personal).rejects.toMatchObject({ code: 'invalid_input', fields })
    await passwords.reset(token, next)
    await expect(passwords.reset(token, password)).rejects.toMatchObject(refused)
    expect(await logIn(password)).toBeNull()
  })

  test.each([
    ['nothing', () => ''],
    ['a guess', () => 'A'.repeat(49)],
    ['a well-formed token of no link', generateToken],
  ])('%s sets nothing', async (_what, make) => {
    await expect(passwords.reset(make(), next)).rejects.toMatchObject(refused)
    expect(await logIn(next)).toBeNull()
    expect(await logIn(password)).not.toBeNull()
  })

  test('of 20 who use one link at once exactly one sets the password', async () => {
    const token = await forgot()
    const given = Array.from({ length: 20 }, (_, index) => `${next} ${index}`)
    const outcomes = await Promise.allSettled(given.map((one) => passwords.reset(token, one)))
    const won = given.filter((_, index) => outcomes[index]?.status === 'fulfilled')
    expect(won).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refused)
    }
    expect(await logIn(won[0] ?? '')).not.toBeNull()
  })

  test('of ten different links used at once exactly one sets the password', async () => {
    const hash = await createPasswords().hash(next)
    const ask = createAskIdentity(setting.people.database)
    for (let round = 0; round < 5; round += 1) {
      const links: string[] = []
      while (links.length < 10) links.push(await forgot())
      // The hash is ready, so that nothing keeps them from meeting in the database.
      const use = (link: string) => ask('reset_password', hashToken(link), hash, setting.now())
      const outcomes = await Promise.all(links.map(use))
      expect(outcomes.flat()).toEqual([{ user_id: userId(), email }])
    }
  })
})

describe('a change of password', () => {
  const change = (current: string, wanted = next) =>
    passwords.change(alice.identity, { current, next: wanted })

  test('ends every other session and keeps one’s own', async () => {
    const [second, bob] = [await setting.signIn(userId()), await setting.open('bob')]
    await change(password)
    expect([await isLive(alice), await isLive(second), await isLive(bob)]).toEqual([
      true,
      false,
      true,
    ])
    expect(await logIn(next)).toMatchObject({ userId: userId() })
    expect(await logIn(password)).toBeNull()
    const [mail] = await setting.mailsTo(email)
    expect(mail?.text).toMatch(/^The password of your account was changed/)
  })

  test('needs the current one', async () => {
    const second = await setting.signIn(userId())
    await expect(change('not the current password')).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect(await logIn(password)).not.toBeNull()
    expect(await logIn(next)).toBeNull()
    expect(await isLive(second)).toBe(true)
  })

  test.each([
    ['common', 'password1234', 'common_password'],
    ['made of one’s name', 'alice-alice-2027', 'personal_password'],
  ])('refuses one that is %s', async (_what, weak, code) => {
    const fields = [expect.objectContaining({ pointer: '/newPassword', code })]
    await expect(change(password, weak)).rejects.toMatchObject({ code: 'invalid_input', fields })
    expect(await logIn(password)).not.toBeNull()
    await change(password)
  })

  test('a link to a forgotten password from before dies with it', async () => {
    const token = await forgot()
    await change(password)
    await expect(passwords.reset(token, password)).rejects.toMatchObject(refused)
    expect(await logIn(next)).not.toBeNull()
  })

  test('does nothing in a session that was ended meanwhile, such as by a reset', async () => {
    const token = await forgot()
    const late = createLateChange(async () => {
      await passwords.reset(token, next)
      await setting.signIn(userId())
    })
    const changed = late.change(alice.identity, { current: password, next: 'the thief stays in' })
    await expect(changed).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await logIn('the thief stays in')).toBeNull()
    expect(await logIn(next)).not.toBeNull()
  })

  test('and a reset at once follow each other', async () => {
    const hash = await createPasswords().hash(next)
    const ask = createAskIdentity(setting.people.database)
    const link = await forgot()
    await slowWrites(setting.people.sql, 'one_time_tokens')
    await slowWrites(setting.people.sql, 'sessions')
    const { sessionId } = alice.identity.credential
    const [reset, changed] = await Promise.all([
      ask('reset_password', hashToken(link), hash, setting.now()),
      ask('set_password', userId(), hash, sessionId, setting.now()),
    ])
    expect([...reset, ...changed]).toHaveLength(1)
  })

  /** Changes with something that happens between the check of the current password and the change. */
  function createLateChange(meanwhile: () => Promise<void>): PasswordChanges {
    const { people, accounts, now } = setting
    const ask = createAskIdentity(people.database)
    const argon2 = createPasswords()
    return createPasswordChanges({
      ask,
      clock: now,
      tokens: createOneTimeTokens(ask, now),
      passwords: {
        ...argon2,
        async hash(text) {
          await meanwhile()
          return argon2.hash(text)
        },
      },
      login: accounts.login,
      policy: createPasswordPolicy(),
      mails: accounts.mails,
    })
  }
})
