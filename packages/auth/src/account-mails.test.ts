import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type AccountPeople,
  createAccountPeople,
  emailOf,
  type OpenAccount,
  password,
} from '../test/create-account-people.ts'

let setting: AccountPeople
let alice: OpenAccount

const alices = emailOf('alice')
const nobodys = emailOf('nobody')

beforeEach(async () => {
  setting = await createAccountPeople()
  alice = await setting.open('alice')
})
afterEach(() => setting.close())

const register = (email: string, name = 'Mallory') =>
  setting.accounts.registrations.register({ email, password, name })

async function countNewMails(email: string, task: () => Promise<void>): Promise<number> {
  const before = await setting.mailsTo(email)
  await task()
  return (await setting.mailsTo(email)).length - before.length
}

describe('links', () => {
  test.each([
    ['verify-email', nobodys, () => register(nobodys)],
    ['reset-password', alices, () => setting.accounts.passwords.forgot(alices)],
    ['confirm-email', alices, () => setting.accounts.emails.begin(alice.identity, nobodys)],
    ['confirm-email', nobodys, () => setting.accounts.emails.begin(alice.identity, nobodys)],
  ])(
    '%s to %s comes from the base URL, with the token where no server sees it',
    async (page, to, ask) => {
      await ask()
      const [mail] = await setting.mailsTo(to)
      const [url = '', ...more] = mail?.text.match(/https?:\S+/g) ?? []
      expect(more).toEqual([])
      const { origin, pathname, search, hash } = new URL(url)
      expect({ origin, pathname, search }).toEqual({
        origin: 'https://app.people.test',
        pathname: `/account/${page}`,
        search: '',
      })
      expect(hash).toMatch(/^#[\w-]{49}$/)
    },
  )

  test('who has an account already is told so as a stray mail, and a link is none', async () => {
    const stray: boolean[] = []
    setting.limits.mayMail = async (_email, isStray) => stray.push(isStray) > 0
    await countNewMails(alices, () => register(alices))
    await countNewMails(alices, () => setting.accounts.emails.begin(alice.identity, alices))
    await countNewMails(alices, () => setting.accounts.passwords.forgot(alices))
    await countNewMails(nobodys, () => register(nobodys))
    // A change of address goes to both: a link to the old one, and word that the new one is taken.
    expect(stray.toSorted()).toEqual([false, false, false, true, true])
  })

  test('each address of a change of address gets a link of its own', async () => {
    await setting.accounts.emails.begin(alice.identity, nobodys)
    expect(await setting.linkTo(alices)).not.toBe(await setting.linkTo(nobodys))
  })
})

describe('what anyone can cause', () => {
  const change = (email: string) => setting.accounts.emails.begin(alice.identity, email)

  test.each([
    ['a registration', nobodys, () => register(nobodys)],
    ['a registration of a known address', alices, () => register(alices)],
    ['a forgotten password', alices, () => setting.accounts.passwords.forgot(alices)],
    ['a change of address, to the old one', alices, () => change(nobodys)],
    ['a change of address, to the new one', nobodys, () => change(nobodys)],
    ['a change to a taken address', alices, () => change(alices)],
  ])('%s is mailed as far as the limit lets it', async (_name, to, cause) => {
    const [free, left] = [await countNewMails(to, cause), 3]
    let asked = 0
    setting.limits.mayMail = async (email) => email !== to || ++asked <= left
    const mails = await countNewMails(to, async () => {
      for (let index = 0; index < 5; index += 1) await cause()
    })
    expect(mails).toBe(left)
    expect(asked).toBe(5 * free)
  })
})

describe('notices', () => {
  test('are not limited: no flood keeps the owner from being told', async () => {
    setting.limits.mayMail = async () => false
    const mails = await countNewMails(alices, async () => {
      await setting.accounts.passwords.forgot(alices)
      for (let index = 0; index < 5; index += 1) {
        setting.accounts.mails.notice(alices, 'passwordChanged')
      }
    })
    expect(mails).toBe(5)
  })
})

test('who is to leave an address is told where to', async () => {
  await setting.accounts.emails.begin(alice.identity, nobodys)
  const [[leave], [take]] = [await setting.mailsTo(alices), await setting.mailsTo(nobodys)]
  expect(leave?.text).toContain(`from this e-mail address to ${nobodys}.`)
  expect(take?.text).not.toContain(alices)
})

describe('words of a stranger', () => {
  const words = 'Visit https://evil.test now'

  test('are in no mail: not the name of an applicant, nor of an account', async () => {
    await register(nobodys, words)
    await register(alices, words)
    await setting.people.sql.run('UPDATE users SET name = $1', [words])
    await setting.accounts.passwords.forgot(alices)
    await setting.accounts.emails.begin({ ...alice.identity, name: words }, emailOf('bob'))
    const { mails } = setting.accounts
    mails.notice(alices, 'passwordChanged')
    const all = [alices, nobodys, emailOf('bob')].map((email) => setting.mailsTo(email))
    const sent = (await Promise.all(all)).flat()
    expect(sent.length).toBeGreaterThan(5)
    for (const { subject, text, to, from } of sent) {
      expect([subject, text, to, from].join()).not.toContain('evil.test')
    }
  })

  test.each([
    'nobody@people.test\r\nBcc: victim@people.test',
    'nobody@people.test, victim@people.test',
    'Victim <victim@people.test>',
    'nobody@people.test\0',
  ])('in an address end in no mail: %j', async (to) => {
    const { mails } = setting.accounts
    mails.notice(to, 'passwordChanged')
    await expect(setting.mailsTo(to)).rejects.toThrow('A mail goes to exactly one bare address.')
    expect(await setting.mailsTo('victim@people.test')).toEqual([])
    mails.notice(nobodys, 'passwordChanged')
    expect(await setting.mailsTo(nobodys)).toHaveLength(1)
  })
})
