import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countWork } from '../test/count-work.ts'
import {
  type AccountPeople,
  createAccountPeople,
  emailOf,
  type OpenAccount,
  password,
} from '../test/create-account-people.ts'
import { createEmailChanges, type EmailChanges } from './email-changes.ts'
import { createAskIdentity } from './identity-functions.ts'
import { createPasswords } from './passwords.ts'
import { generateToken } from './tokens.ts'

let setting: AccountPeople
let emails: EmailChanges
let alice: OpenAccount

const [oldEmail, newEmail] = [emailOf('alice'), emailOf('alicia')]
const refused = { code: 'invalid_link' }

beforeEach(async () => {
  setting = await createAccountPeople()
  emails = setting.accounts.emails
  alice = await setting.open('alice')
})
afterEach(() => setting.close())

interface Links {
  readonly old: string
  readonly next: string
}

async function begin(account = alice, wanted = newEmail): Promise<Links> {
  await emails.begin(account.identity, wanted)
  const { email } = account.identity
  return { old: await setting.linkTo(email), next: await setting.linkTo(wanted) }
}

const logIn = (email: string) => setting.accounts.login.check(email, password)
const keptLinks = () => setting.people.sql.run('SELECT email, purpose FROM one_time_tokens')
const isLive = async ({ token }: OpenAccount) => (await setting.store.find(token)) !== null

async function expectUnchanged(): Promise<void> {
  expect(await logIn(oldEmail)).toMatchObject({ userId: alice.identity.userId })
  expect(await isLive(alice)).toBe(true)
}

describe('both addresses agree', () => {
  test.each([
    ['the old one first', ['old', 'next']],
    ['the new one first', ['next', 'old']],
  ] as const)('%s', async (_name, [first, second]) => {
    const links = await begin()
    expect(await emails.confirm(links[first])).toEqual({ changed: false })
    await expectUnchanged()
    expect(await logIn(newEmail)).toBeNull()
    expect(await emails.confirm(links[second])).toEqual({ changed: true })
    expect(await logIn(newEmail)).toMatchObject({ userId: alice.identity.userId })
    expect(await logIn(oldEmail)).toBeNull()
  })

  test('every session ends, and nobody else’s', async () => {
    const [second, bob] = [await setting.signIn(alice.identity.userId), await setting.open('bob')]
    const { old, next } = await begin()
    await emails.confirm(old)
    await emails.confirm(next)
    expect([await isLive(alice), await isLive(second), await isLive(bob)]).toEqual([
      false,
      false,
      true,
    ])
  })

  test('the old address is told, once', async () => {
    const { old, next } = await begin()
    const about = async () =>
      (await setting.mailsTo(oldEmail)).filter(({ text }) => text.includes('has moved to another'))
    await emails.confirm(old)
    expect(await about()).toEqual([])
    await emails.confirm(next)
    expect(await about()).toHaveLength(1)
  })

  test('a link that went to the old address sets no password any more', async () => {
    const { passwords } = setting.accounts
    await passwords.forgot(oldEmail)
    const reset = await setting.linkTo(oldEmail)
    const { old, next } = await begin()
    await emails.confirm(old)
    await emails.confirm(next)
    expect(await keptLinks()).toEqual([])
    const late = passwords.reset(reset, 'another horse battery staple')
    await expect(late).rejects.toMatchObject(refused)
    expect(await logIn(newEmail)).not.toBeNull()
    await passwords.forgot(newEmail)
    await passwords.reset(await setting.linkTo(newEmail), 'another horse battery staple')
  })

  test('a registration of the new address ends, and the old one can be registered', async () => {
    const { registrations } = setting.accounts
    await registrations.register({ email: newEmail, password, name: 'Mallory' })
    const planted = await setting.linkTo(newEmail)
    const { old, next } = await begin()
    await emails.confirm(old)
    await emails.confirm(next)
    expect(await keptLinks()).toEqual([])
    await expect(registrations.confirm(planted)).rejects.toMatchObject(refused)
    expect((await setting.open('alice')).identity.userId).not.toBe(alice.identity.userId)
  })
})

describe('links', () => {
  test.each(['old', 'next'] as const)(
    'the %s one is good once, and not for both',
    async (which) => {
      const links = await begin()
      await emails.confirm(links[which])
      await expect(emails.confirm(links[which])).rejects.toMatchObject(refused)
      await expectUnchanged()
    },
  )

  test('neither is good after the change', async () => {
    const { old, next } = await begin()
    await emails.confirm(old)
    await emails.confirm(next)
    await expect(emails.confirm(old)).rejects.toMatchObject(refused)
    await expect(emails.confirm(next)).rejects.toMatchObject(refused)
  })

  test('both are good for an hour', async () => {
    const { old, next } = await begin()
    setting.pass(3_599)
    expect(await emails.confirm(old)).toEqual({ changed: false })
    setting.pass(1)
    await expect(emails.confirm(next)).rejects.toMatchObject(refused)
    await expectUnchanged()
  })

  test('a second wish takes the place of the first, with what was confirmed of it', async () => {
    const first = await begin()
    await emails.confirm(first.old)
    const second = await begin(alice, emailOf('alina'))
    await expect(emails.confirm(first.next)).rejects.toMatchObject(refused)
    expect(await emails.confirm(second.next)).toEqual({ changed: false })
    await expectUnchanged()
    expect(await emails.confirm(second.old)).toEqual({ changed: true })
    expect(await logIn(emailOf('alina'))).not.toBeNull()
  })

  test.each([
    ['nothing', () => ''],
    ['a guess', () => 'A'.repeat(49)],
    ['a well-formed token of no link', generateToken],
  ])('%s confirms nothing', async (_what, make) => {
    const { old, next } = await begin()
    await emails.confirm(old)
    await expect(emails.confirm(make())).rejects.toMatchObject(refused)
    await expectUnchanged()
    expect(await emails.confirm(next)).toEqual({ changed: true })
  })

  test('a disabled user’s address does not change', async () => {
    const { old, next } = await begin()
    await emails.confirm(old)
    await setting.people.sql.run('UPDATE users SET disabled_at = now()')
    await expect(emails.confirm(next)).rejects.toMatchObject(refused)
    await setting.people.sql.run('UPDATE users SET disabled_at = NULL')
    // Neither does it when they are let in again: what was on its way has ended.
    await expect(emails.confirm(next)).rejects.toMatchObject(refused)
    expect(await logIn(oldEmail)).toMatchObject({ userId: alice.identity.userId })
  })
})

describe('at once', () => {
  test('of many who follow both links exactly one makes the change', async () => {
    const { old, next } = await begin()
    const links = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? old : next))
    const outcomes = await Promise.allSettled(links.map((link) => emails.confirm(link)))
    const answers = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(answers).toHaveLength(2)
    expect(answers).toEqual(expect.arrayContaining([{ changed: false }, { changed: true }]))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refused)
    }
    const mails = await setting.mailsTo(oldEmail)
    expect(mails.filter(({ text }) => text.includes('has moved to another'))).toHaveLength(1)
    expect(await logIn(newEmail)).not.toBeNull()
  })

  test('of ten who move to one address exactly one has it', async () => {
    const links: string[] = []
    for (let index = 0; index < 10; index += 1) {
      const { old, next } = await begin(await setting.open(`mover-${'abcdefghij'[index]}`))
      await emails.confirm(old)
      links.push(next)
    }
    const outcomes = await Promise.allSettled(links.map((link) => emails.confirm(link)))
    const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(lost).toEqual(Array(9).fill(expect.objectContaining(refused)))
    expect(await logIn(newEmail)).not.toBeNull()
  })
})

describe('an address that is somebody’s', () => {
  test('gets a mail that says so and no link; the answer and the work are the same', async () => {
    const bob = await setting.open('bob')
    const { people, accounts, now } = setting
    const work = countWork({ database: people.database, passwords: createPasswords() })
    const ask = createAskIdentity(work.database)
    const counted = createEmailChanges({ ask, clock: now, mails: accounts.mails })
    const once = { hashes: 0, verifications: 0, queries: ['identity_begin_email_change'] }
    expect(await work.count(() => counted.begin(alice.identity, newEmail))).toEqual(once)
    const taken = bob.identity.email
    expect(await work.count(() => counted.begin(alice.identity, taken))).toEqual(once)
    const [mail] = await setting.mailsTo(taken)
    expect(mail).toMatchObject({ subject: 'This address has an account already' })
    expect(mail?.text).not.toContain('#')
    expect(await emails.confirm(await setting.linkTo(oldEmail))).toEqual({ changed: false })
    await expectUnchanged()
  })

  test('when it became so meanwhile, nothing changes', async () => {
    const { old, next } = await begin()
    const taker = await setting.open('alicia')
    await emails.confirm(old)
    await expect(emails.confirm(next)).rejects.toMatchObject(refused)
    await expectUnchanged()
    expect(await logIn(newEmail)).toMatchObject({ userId: taker.identity.userId })
    expect(await isLive(taker)).toBe(true)
  })
})
