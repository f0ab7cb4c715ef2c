import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type AccountPeople,
  createAccountPeople,
  emailOf,
  type OpenAccount,
  password,
} from '../test/create-account-people.ts'
import { dumpDatabase } from '../test/dump-database.ts'
import { slowWrites } from '../test/slow-writes.ts'
import { createApiKeys } from './api-keys.ts'
import { hashToken } from './tokens.ts'

let setting: AccountPeople
let alice: OpenAccount
let bob: OpenAccount

const conflict = { code: 'conflict' }

beforeEach(async () => {
  setting = await createAccountPeople()
  alice = await setting.open('alice')
  bob = await setting.open('bob')
})
afterEach(() => setting.close())

const run = (text: string, ...values: readonly unknown[]) => setting.people.sql.run(text, values)
const idOf = ({ identity }: OpenAccount) => identity.userId
const homeOf = ({ identity }: OpenAccount) => identity.memberships[0]?.organizationId ?? ''
const remove = ({ identity }: OpenAccount) => setting.accounts.delete(identity)
const join = (who: OpenAccount, whose: OpenAccount, role: string) =>
  setting.people.join(idOf(who), homeOf(whose), role)

const createOrder = (who: OpenAccount, organizationId: string) =>
  run(
    `INSERT INTO orders (organization_id, user_id, currency, total_cents, note)
     VALUES ($1, $2, 'EUR', 100, 'a note')`,
    organizationId,
    idOf(who),
  )

const ordersOf = (organizationId: string) =>
  run(
    `SELECT u.name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.organization_id = $1`,
    organizationId,
  )

const liveMembers = async (organizationId: string) =>
  (
    await run(
      'SELECT user_id FROM memberships WHERE organization_id = $1 AND removed_at IS NULL',
      organizationId,
    )
  ).map((row) => row['user_id'])

describe('what goes', () => {
  test('log-in, sessions and the organization of one’s own, with its orders', async () => {
    await createOrder(alice, homeOf(alice))
    await createOrder(bob, homeOf(bob))
    await remove(alice)
    expect(await setting.accounts.login.check(emailOf('alice'), password)).toBeNull()
    expect(await setting.store.find(alice.token)).toBeNull()
    expect(await run('SELECT id FROM organizations')).toEqual([{ id: homeOf(bob) }])
    expect(await ordersOf(homeOf(alice))).toEqual([])
    expect(await ordersOf(homeOf(bob))).toEqual([{ name: 'bob' }])
    expect(await setting.store.find(bob.token)).not.toBeNull()
  })

  test('every API key, here and in shared organizations, and nobody else’s', async () => {
    await join(alice, bob, 'member')
    const { database } = setting.people
    const keys = createApiKeys({ database, clock: setting.now, maxAgeDays: 90 })
    const create = async (who: OpenAccount, organizationId: string) => {
      const about = { name: 'a key', permissions: [], maxAgeDays: 90 }
      return (await keys.create({ userId: idOf(who), organizationId, ...about })).key
    }
    const own = [await create(alice, homeOf(alice)), await create(alice, homeOf(bob))]
    const bobs = await create(bob, homeOf(bob))
    const find = () => Promise.all([...own, bobs].map((key) => keys.find(key)))
    expect(await find()).not.toContain(null)
    await remove(alice)
    expect(await find()).toEqual([null, null, expect.objectContaining({ userId: idOf(bob) })])
    const { text } = await dumpDatabase(setting.people.sql)
    for (const key of own) expect(text).not.toContain(hashToken(key))
  })

  test('every trace of the person, in every table', async () => {
    await leaveTraces()
    const [kept] = await run('SELECT hash FROM passwords WHERE user_id = $1', idOf(alice))
    const hashes = [hashToken(alice.token), String(kept?.['hash'])]
    const traces = [emailOf('alice'), 'alicia', 'alice', ...hashes, ...secrets]
    const before = (await dumpDatabase(setting.people.sql)).text
    for (const trace of traces) expect(before).toContain(trace)
    await remove(alice)
    const after = (await dumpDatabase(setting.people.sql)).text
    for (const trace of traces) expect(after).not.toContain(trace)
    expect(after).toContain(emailOf('bob'))
  })

  const secrets = [
    '198.51.100.77',
    'An agent of hers',
    'her totp secret',
    'her recovery code',
  ].concat('her passkey', 'her laptop', 'her key’s name', 'her answer', 'her wish')

  /** Something in every table that can hold something of hers. */
  async function leaveTraces(): Promise<void> {
    const id = idOf(alice)
    await run(
      `UPDATE sessions SET address = '198.51.100.77', user_agent = 'An agent of hers'
                WHERE user_id = $1`,
      id,
    )
    await run(`INSERT INTO totp_secrets (user_id, secret) VALUES ($1, 'her totp secret')`, id)
    await run(`INSERT INTO recovery_codes (user_id, id) VALUES ($1, 'her recovery code')`, id)
    await run(
      `INSERT INTO passkeys (user_id, credential_id, public_key, backed_up, name)
               VALUES ($1, 'her passkey', '\\x00', false, 'her laptop')`,
      id,
    )
    await run(
      `INSERT INTO api_keys (organization_id, user_id, name, prefix, expires_at)
               VALUES ($1, $2, 'her key’s name', 'rk_', now())`,
      homeOf(alice),
      id,
    )
    await run(
      `INSERT INTO idempotency_keys
                 (user_id, organization_id, key_hash, request_hash, body, expires_at)
               VALUES ($1, $2, 'key', 'request', 'her answer', now())`,
      id,
      homeOf(alice),
    )
    await run(
      `INSERT INTO one_time_tokens (id, purpose, user_id, data, expires_at)
               VALUES ('challenge', 'register_passkey', $1, '{"wish": "her wish"}',
                       '2028-01-01')`,
      id,
    )
    await setting.accounts.emails.begin(alice.identity, emailOf('alicia'))
    await setting.accounts.passwords.forgot(emailOf('alice'))
    await setting.mailsTo(emailOf('alice'))
  }

  test('links that were mailed before', async () => {
    const { registrations, passwords, emails } = setting.accounts
    await passwords.forgot(emailOf('alice'))
    const reset = await setting.linkTo(emailOf('alice'))
    await emails.begin(alice.identity, emailOf('alicia'))
    const change = await setting.linkTo(emailOf('alicia'))
    await remove(alice)
    const refused = { code: 'invalid_link' }
    await expect(passwords.reset(reset, password)).rejects.toMatchObject(refused)
    await expect(emails.confirm(change)).rejects.toMatchObject(refused)
    await expect(registrations.confirm(reset)).rejects.toMatchObject(refused)
    await passwords.forgot(emailOf('bob'))
    await passwords.reset(await setting.linkTo(emailOf('bob')), password)
  })

  test('at once with a change of address, and one of password, all the same', async () => {
    const { emails, passwords } = setting.accounts
    await passwords.forgot(emailOf('alice'))
    const reset = await setting.linkTo(emailOf('alice'))
    await emails.begin(alice.identity, emailOf('alicia'))
    await emails.confirm(await setting.linkTo(emailOf('alice')))
    const change = await setting.linkTo(emailOf('alicia'))
    const tables = ['passwords', 'sessions', 'email_changes', 'one_time_tokens']
    for (const table of tables) await slowWrites(setting.people.sql, table)
    const [changed, set] = await Promise.allSettled([
      emails.confirm(change),
      passwords.reset(reset, 'another horse battery staple'),
      remove(alice),
    ])
    for (const one of [changed, set]) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'invalid_link' })
    }
    const names = (await run('SELECT name FROM users')).map(({ name }) => name)
    expect(names.sort()).toEqual(['Deleted user', 'bob'])
    const { text } = await dumpDatabase(setting.people.sql)
    expect(text).not.toContain('alic')
  })

  test('the address is free again, for an account that has nothing of the old one', async () => {
    await remove(alice)
    const again = await setting.open('alice')
    expect(idOf(again)).not.toBe(idOf(alice))
    expect(homeOf(again)).not.toBe(homeOf(alice))
    expect(again.identity.memberships).toHaveLength(1)
    expect(await setting.store.find(alice.token)).toBeNull()
  })

  test('the person is told, once, however often they ask', async () => {
    const about = async () =>
      (await setting.mailsTo(emailOf('alice'))).filter(({ text }) => text.includes('was deleted'))
    expect(await about()).toEqual([])
    await Promise.all([remove(alice), remove(alice)])
    await remove(alice)
    expect(await about()).toHaveLength(1)
  })
})

describe('what stays', () => {
  test('orders in a shared organization, without a name', async () => {
    await join(alice, bob, 'member')
    await createOrder(alice, homeOf(bob))
    expect(await ordersOf(homeOf(bob))).toEqual([{ name: 'alice' }])
    await remove(alice)
    expect(await ordersOf(homeOf(bob))).toEqual([{ name: 'Deleted user' }])
    expect(await liveMembers(homeOf(bob))).toEqual([idOf(bob)])
  })

  test('an organization that somebody else owns too', async () => {
    await join(bob, alice, 'owner')
    await remove(alice)
    expect(await liveMembers(homeOf(alice))).toEqual([idOf(bob)])
  })

  test('an organization whose last member left goes, with its former members’ orders', async () => {
    await join(bob, alice, 'member')
    await createOrder(bob, homeOf(alice))
    await run(
      `UPDATE memberships SET removed_at = now() WHERE user_id = $1 AND role = 'member'`,
      idOf(bob),
    )
    await remove(alice)
    expect(await run('SELECT id FROM organizations')).toEqual([{ id: homeOf(bob) }])
  })
})

describe('the only owner of an organization with other members', () => {
  test('cannot go, and nothing changes', async () => {
    await join(bob, alice, 'admin')
    await createOrder(alice, homeOf(alice))
    const before = await dumpDatabase(setting.people.sql)
    await expect(remove(alice)).rejects.toMatchObject(conflict)
    expect(await dumpDatabase(setting.people.sql)).toEqual(before)
    const mails = await setting.mailsTo(emailOf('alice'))
    expect(mails.filter(({ text }) => text.includes('was deleted'))).toEqual([])
    expect(await setting.store.find(alice.token)).not.toBeNull()
  })

  test('can go once somebody else owns it', async () => {
    await join(bob, alice, 'admin')
    await expect(remove(alice)).rejects.toMatchObject(conflict)
    await run(`UPDATE memberships SET role = 'owner' WHERE user_id = $1`, idOf(bob))
    await remove(alice)
    expect(await liveMembers(homeOf(alice))).toEqual([idOf(bob)])
  })

  test('is whoever a disabled owner leaves behind', async () => {
    await join(bob, alice, 'owner')
    const disable = (at: string) =>
      run(`UPDATE users SET disabled_at = ${at} WHERE id = $1`, idOf(bob))
    await disable('now()')
    await expect(remove(alice)).rejects.toMatchObject(conflict)
    await disable('NULL')
    await remove(alice)
    expect(await liveMembers(homeOf(alice))).toEqual([idOf(bob)])
  })

  test('is whoever a removed owner leaves behind', async () => {
    await join(bob, alice, 'owner')
    const carol = await setting.open('carol')
    await join(carol, alice, 'member')
    await run('UPDATE memberships SET removed_at = now() WHERE user_id = $1', idOf(bob))
    await expect(remove(alice)).rejects.toMatchObject(conflict)
    await run('UPDATE memberships SET removed_at = NULL WHERE user_id = $1', idOf(bob))
    await remove(alice)
  })

  test('of two owners who go at once one stays', async () => {
    const carol = await setting.open('carol')
    for (let round = 0; round < 5; round += 1) {
      const owners = [await setting.open(`first${round}`), await setting.open(`second${round}`)]
      const [first, second] = owners
      if (!first || !second) throw new Error('There are two.')
      await join(second, first, 'owner')
      await join(carol, first, 'member')
      const outcomes = await Promise.allSettled(owners.map(remove))
      const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
      expect(lost).toEqual([expect.objectContaining(conflict)])
      expect(await liveMembers(homeOf(first))).toHaveLength(2)
    }
  })
})
