import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countWork } from '../test/count-work.ts'
import {
  type AccountPeople,
  createAccountPeople,
  emailOf,
  password,
} from '../test/create-account-people.ts'
import { slowWrites } from '../test/slow-writes.ts'
import { createAskIdentity } from './identity-functions.ts'
import { createOneTimeTokens } from './one-time-tokens.ts'
import { createPasswordPolicy } from './password-policy.ts'
import { createPasswords } from './passwords.ts'
import { createRegistrations, type Registrations } from './registrations.ts'
import { generateToken } from './tokens.ts'

let setting: AccountPeople
let registrations: Registrations

const email = emailOf('alice')
const alice = { email, password, name: 'Alice' }
const refused = { code: 'invalid_link' }
const day = 24 * 3_600

beforeEach(async () => {
  setting = await createAccountPeople()
  registrations = setting.accounts.registrations
})
afterEach(() => setting.close())

async function register(applicant = alice): Promise<string> {
  await registrations.register(applicant)
  return setting.linkTo(applicant.email)
}

const logIn = (given = password) => setting.accounts.login.check(email, given)
const users = () => setting.people.sql.run('SELECT email, name FROM users')

describe('the way in', () => {
  test('whoever follows the link can log in, and owns an organization of their own', async () => {
    const userId = await registrations.confirm(await register())
    expect(await logIn()).toMatchObject({ userId, secondFactor: false, platformRole: null })
    const { identity } = await setting.signIn(userId)
    expect(identity).toMatchObject({
      email,
      name: 'Alice',
      emailVerified: true,
      platformRole: null,
      memberships: [{ role: 'owner', requiresSecondFactor: false }],
    })
    const organizations = await setting.people.sql.run('SELECT id, name FROM organizations')
    const id = identity.memberships[0]?.organizationId
    expect(organizations).toEqual([{ id, name: 'Alice’s organization' }])
  })

  test('before the link is followed there is no user, and no way in', async () => {
    const token = await register()
    expect(await users()).toEqual([])
    expect(await logIn()).toBeNull()
    await registrations.confirm(token)
    expect(await users()).toEqual([{ email, name: 'Alice' }])
  })

  test('a name as long as allowed still names an organization', async () => {
    const name = '𝒜'.repeat(100)
    await registrations.confirm(await register({ ...alice, name }))
    expect(await setting.people.sql.run('SELECT name FROM organizations')).toEqual([{ name }])
  })

  test.each([
    ['common', 'password1234', 'common_password'],
    ['made of the name', 'alice.alice.alice', 'personal_password'],
  ])('a password that is %s is refused, and nothing is mailed', async (_what, weak, code) => {
    const registered = registrations.register({ ...alice, password: weak })
    const fields = [expect.objectContaining({ pointer: '/password', code })]
    await expect(registered).rejects.toMatchObject({ code: 'invalid_input', fields })
    expect(await setting.mailsTo(email)).toEqual([])
    await register()
    expect(await setting.mailsTo(email)).toHaveLength(1)
  })
})

describe('links that open nothing', () => {
  test('a link is good for a day', async () => {
    const [first, second] = [await register(), await register({ ...alice, email: emailOf('bob') })]
    setting.pass(day - 1)
    await registrations.confirm(first)
    setting.pass(1)
    await expect(registrations.confirm(second)).rejects.toMatchObject(refused)
    expect(await users()).toHaveLength(1)
  })

  test('a link is good once', async () => {
    const token = await register()
    await registrations.confirm(token)
    await expect(registrations.confirm(token)).rejects.toMatchObject(refused)
    expect(await users()).toHaveLength(1)
  })

  test.each([
    ['nothing', () => ''],
    ['a guess', () => 'A'.repeat(49)],
    ['a well-formed token of no link', generateToken],
    ['SQL', () => `' OR '1' = '1`],
  ])('%s opens nothing', async (_what, make) => {
    const token = await register()
    await expect(registrations.confirm(make())).rejects.toMatchObject(refused)
    expect(await users()).toEqual([])
    await registrations.confirm(token)
  })

  test('of 20 who follow one link at once exactly one opens the account', async () => {
    const token = await register()
    const all = Array.from({ length: 20 }, () => registrations.confirm(token))
    const outcomes = await Promise.allSettled(all)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refused)
    }
    expect(await users()).toHaveLength(1)
    expect(await setting.people.sql.run('SELECT FROM organizations')).toHaveLength(1)
  })
})

describe('an address that has an account', () => {
  beforeEach(async () => {
    await registrations.confirm(await register())
  })

  test('gets a mail that says so, without a link', async () => {
    await registrations.register({ ...alice, password: 'another horse battery staple' })
    const [mail] = await setting.mailsTo(email)
    expect(mail).toMatchObject({ subject: 'You have an account already' })
    expect(mail?.text).not.toContain('#')
    expect(await logIn()).not.toBeNull()
    expect(await logIn('another horse battery staple')).toBeNull()
  })

  test('costs the caller the same work, and the rest is done behind the reply', async () => {
    const { people, accounts, now } = setting
    const work = countWork({ database: people.database, passwords: createPasswords() })
    const ask = createAskIdentity(work.database)
    const counted = createRegistrations({
      ask,
      clock: now,
      tokens: createOneTimeTokens(ask, now),
      passwords: work.passwords,
      policy: createPasswordPolicy(),
      mails: accounts.mails,
    })
    const once = { hashes: 1, verifications: 0, queries: ['identity_create_one_time_token'] }
    expect(await work.count(() => counted.register(alice))).toEqual(once)
    const unknown = { ...alice, email: emailOf('nobody') }
    expect(await work.count(() => counted.register(unknown))).toEqual(once)
    const subjects = [...(await setting.mailsTo(email)), ...(await setting.mailsTo(unknown.email))]
    expect(subjects.map(({ subject }) => subject)).toEqual([
      'You have an account already',
      'Confirm your e-mail address',
      'Confirm your e-mail address',
    ])
  })

  test('cannot be opened anew by a link that was mailed before it had one', async () => {
    const bob = { email: emailOf('bob'), password, name: 'Bob' }
    const token = await register(bob)
    const { email: taken, name } = bob
    const insert = 'INSERT INTO users (id, email, name) VALUES (gen_random_uuid(), $1, $2)'
    await setting.people.sql.run(insert, [taken, name])
    await expect(registrations.confirm(token)).rejects.toMatchObject(refused)
    expect(await setting.accounts.login.check(taken, password)).toBeNull()
    expect(await users()).toHaveLength(2)
  })
})

describe('two who register one address (faults 58)', () => {
  const attacker = { email, password: 'the attacker waits in here', name: 'Mallory' }

  test('whoever confirms has the account with their own password, and the other link dies', async () => {
    const [planted, own] = [await register(attacker), await register()]
    const userId = await registrations.confirm(own)
    expect(await logIn()).toMatchObject({ userId })
    expect(await setting.people.sql.run('SELECT FROM one_time_tokens')).toEqual([])
    await expect(registrations.confirm(planted)).rejects.toMatchObject(refused)
    expect(await logIn(attacker.password)).toBeNull()
    expect(await users()).toEqual([{ email, name: 'Alice' }])
  })

  test('a stranger’s password opens nothing, even when the victim never registers', async () => {
    await registrations.register(attacker)
    expect(await logIn(attacker.password)).toBeNull()
    const userId = await registrations.confirm(await register())
    expect(await logIn(attacker.password)).toBeNull()
    expect(await logIn()).toMatchObject({ userId })
  })

  test('a stranger’s link opens the registration of whoever knows its password', async () => {
    const planted = await register(attacker)
    await registrations.register(alice)
    const wrong = registrations.confirm(planted, { password: 'neither of the two knows it' })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect(await users()).toEqual([])
    const userId = await registrations.confirm(planted, { password })
    expect(await logIn()).toMatchObject({ userId })
    expect(await logIn(attacker.password)).toBeNull()
    expect(await users()).toEqual([{ email, name: 'Alice' }])
  })

  test('a link opens with its own password, and not with that of another address', async () => {
    const token = await register()
    const bobs = { email: emailOf('bob'), password: attacker.password, name: 'Bob' }
    await registrations.register(bobs)
    const foreign = registrations.confirm(token, { password: bobs.password })
    await expect(foreign).rejects.toMatchObject({ code: 'invalid_credentials' })
    await registrations.confirm(token, { password })
    await expect(registrations.confirm(token, { password })).rejects.toMatchObject(refused)
  })

  test('of two different links followed at once exactly one opens the account', async () => {
    const links = [await register(attacker), await register()]
    await slowWrites(setting.people.sql, 'one_time_tokens')
    const outcomes = await Promise.allSettled(links.map((link) => registrations.confirm(link)))
    const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(lost).toEqual([expect.objectContaining(refused)])
    expect(await users()).toHaveLength(1)
  })
})
