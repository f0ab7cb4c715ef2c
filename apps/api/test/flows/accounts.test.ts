import { readOutbox } from '@repo/mail'
import { describe, expect, it } from 'vitest'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { join, type Person, password, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { lookOf } from '../support/look-of.ts'
import { findMails, waitForMail, waitForToken } from '../support/mails.ts'
import { problemOf } from '../support/problem-of.ts'
import type { Answer } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const next = 'an entirely new passphrase'
const codeOf = ({ body }: Answer) => problemOf(body)?.code
const freshEmail = () => `${crypto.randomUUID()}@flow.test`
const visit = ({ cookie }: { readonly cookie?: string } = {}) => createVisitor(api, cookie)
const logIn = (visitor: Visitor, email: string, word = password) =>
  visitor.ask('POST /auth/login', { email, password: word })
const statusOfLogIn = async (email: string, word: string) =>
  (await logIn(visit(), email, word)).status

describe('registration', () => {
  const register = (email: string) =>
    visit().ask('POST /auth/register', { email, password, name: 'Nora' })
  const verify = (token: string) => visit().ask('POST /auth/email/verify', { token })

  it('goes by a mailed link to an account with an organization of its own', async () => {
    const email = freshEmail()
    const asked = await register(email)
    expect([asked.status, asked.text]).toEqual([202, ''])
    expect(asked.headers.getSetCookie()).toEqual([])
    expect(await statusOfLogIn(email, password)).toBe(401)
    const { text } = await waitForMail(api, email, /^Confirm/)
    const { baseUrl } = api.services.config
    expect(text).toContain(`\n${baseUrl}/account/verify-email#`)
    const opened = await verify(await waitForToken(api, email, 'register'))
    expect([opened.status, opened.text]).toEqual([204, ''])
    expect(opened.headers.getSetCookie()).toEqual([])
    const visitor = visit()
    const answer = await logIn(visitor, email)
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        mfaRequired: false,
        user: { id: expect.any(String), email, name: 'Nora', platformRole: null },
        organizations: [{ id: expect.any(String), role: 'owner', requiresSecondFactor: false }],
        secondFactor: false,
        impersonated: false,
        authenticatedAt: expect.any(String),
        expiresAt: expect.any(String),
      },
    ])
    const { body } = await visitor.ask('GET /organizations')
    expect(body?.['items']).toMatchObject([{ name: 'Nora’s organization' }])
  })

  it('of a known address answers the same, mails no link and changes nothing', async () => {
    const person = await world.createPerson()
    const [known, unknown] = [await register(person.email), await register(freshEmail())]
    expect(known.status).toBe(202)
    expect(lookOf(known)).toEqual(lookOf(unknown))
    const { subject, text } = await waitForMail(api, person.email, /./)
    expect(subject).toBe('You have an account already')
    expect(text).not.toContain('http')
    expect(await statusOfLogIn(person.email, password)).toBe(200)
  })

  it.each([
    ['the same link again', (token: string) => token],
    ['a link with a letter changed', (token: string) => `${token.slice(0, -1)}_`],
    ['a well-formed link of nobody', () => 'A'.repeat(49)],
  ])('is opened once: %s is refused', async (_name, change) => {
    const email = freshEmail()
    await register(email)
    const token = await waitForToken(api, email, 'register')
    expect((await verify(token)).status).toBe(204)
    const answer = await verify(change(token))
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_link'])
  })

  it('ends a day after it was asked for', async () => {
    const email = freshEmail()
    await register(email)
    const token = await waitForToken(api, email, 'register')
    api.moveClock(24 * 60 * 60 + 1)
    expect(codeOf(await verify(token))).toBe('invalid_link')
    expect(await statusOfLogIn(email, password)).toBe(401)
  })
})

describe('a forgotten password', () => {
  const forget = (email: string) => visit().ask('POST /auth/password/forgot', { email })
  const reset = (token: string, word = next) =>
    visit().ask('POST /auth/password/reset', { token, password: word })

  it('is set anew by a mailed link, once', async () => {
    const { email } = await world.createPerson()
    const asked = await forget(email)
    expect([asked.status, asked.text]).toEqual([202, ''])
    expect(await statusOfLogIn(email, password)).toBe(200)
    const token = await waitForToken(api, email, 'reset')
    const answer = await reset(token)
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await statusOfLogIn(email, next)).toBe(200)
    expect(await statusOfLogIn(email, password)).toBe(401)
    expect(codeOf(await reset(token, 'yet another passphrase'))).toBe('invalid_link')
    await waitForMail(api, email, /something changed/)
  })

  it('survives a common one, and the link with it', async () => {
    const { email } = await world.createPerson()
    await forget(email)
    const token = await waitForToken(api, email, 'reset')
    expect(codeOf(await reset(token, 'password1234'))).toBe('invalid_input')
    expect(await statusOfLogIn(email, password)).toBe(200)
    expect((await reset(token)).status).toBe(204)
  })

  it('has an hour', async () => {
    const { email } = await world.createPerson()
    await forget(email)
    const token = await waitForToken(api, email, 'reset')
    api.moveClock(60 * 60 + 1)
    expect(codeOf(await reset(token))).toBe('invalid_link')
    expect(await statusOfLogIn(email, password)).toBe(200)
  })

  it('is not what a link for something else sets', async () => {
    const email = freshEmail()
    await visit().ask('POST /auth/register', { email, password, name: 'Nora' })
    const token = await waitForToken(api, email, 'register')
    expect(codeOf(await reset(token))).toBe('invalid_link')
    expect((await visit().ask('POST /auth/email/verify', { token })).status).toBe(204)
  })
})

describe('the password', () => {
  const change = (visitor: Visitor, currentPassword: string, newPassword = next) =>
    visitor.ask('POST /auth/password/change', { currentPassword, newPassword })

  it('is changed by who knows it, and the session goes on under a new id', async () => {
    const { email, cookie } = await world.createPerson()
    const visitor = visit({ cookie })
    expect((await change(visitor, password)).status).toBe(204)
    expect(visitor.cookie).not.toBe(cookie)
    expect([await visitor.status(), await visit({ cookie }).status()]).toEqual([200, 401])
    expect(await statusOfLogIn(email, next)).toBe(200)
    expect(await statusOfLogIn(email, password)).toBe(401)
    await waitForMail(api, email, /something changed/)
  })

  it.each([
    ['the current one is wrong', 'wrong', next, 'invalid_credentials'],
    ['the new one is common', password, 'password1234', 'invalid_input'],
    ['the new one has 11 characters', password, 'elevenchars', 'invalid_input'],
  ])('stays when %s', async (_name, current, wanted, code) => {
    const { email, cookie } = await world.createPerson()
    const visitor = visit({ cookie })
    expect(codeOf(await change(visitor, current, wanted))).toBe(code)
    expect(visitor.cookie).toBe(cookie)
    expect(await visitor.status()).toBe(200)
    expect(await statusOfLogIn(email, password)).toBe(200)
  })
})

describe('the address', () => {
  const confirm = (token: string) => visit().ask('POST /auth/email/confirm', { token })

  async function change({ cookie }: Person, email: string) {
    const answer = await visit({ cookie }).ask('POST /auth/email/change', { email })
    expect([answer.status, answer.text]).toEqual([202, ''])
  }

  it.each([
    ['the old one first', 0],
    ['the new one first', 1],
  ])('changes when both have agreed: %s', async (_name, first) => {
    const person = await world.createPerson()
    const email = freshEmail()
    await change(person, email)
    const addresses = [person.email, email]
    const tokens = await Promise.all(addresses.map((to) => waitForToken(api, to, 'change')))
    const [one = '', other = ''] = first === 0 ? tokens : tokens.toReversed()
    expect(await confirm(one)).toMatchObject({ status: 200, body: { changed: false } })
    expect(codeOf(await confirm(one))).toBe('invalid_link')
    expect(await statusOfLogIn(person.email, password)).toBe(200)
    expect(await confirm(other)).toMatchObject({ status: 200, body: { changed: true } })
    expect(await statusOfLogIn(email, password)).toBe(200)
    expect(await statusOfLogIn(person.email, password)).toBe(401)
    await waitForMail(api, person.email, /something changed/)
  })

  it('does not change to one that has an account, and the answer does not say so', async () => {
    const [person, other] = [await world.createPerson(), await world.createPerson()]
    await change(person, other.email)
    await waitForMail(api, other.email, /has an account already/)
    const answer = await confirm(await waitForToken(api, person.email, 'change'))
    expect(answer.body).toEqual({ changed: false })
    expect(await statusOfLogIn(other.email, password)).toBe(200)
    expect(await statusOfLogIn(person.email, password)).toBe(200)
  })
})

describe('the export', () => {
  it('leaves out an organization where a second factor is still owed', async () => {
    const person = await world.createPerson()
    const tenant = crypto.randomUUID()
    const text = `INSERT INTO organizations (id, name, require_second_factor) VALUES ($1, 'Strict', true)`
    await world.sql.run(text, [tenant])
    await join(world.sql, tenant, person.id, 'member')
    const orders = [
      await world.createOrder(person),
      await world.createOrder({ ...person, organizationId: tenant }),
    ]
    const listed = async (visitor: ReturnType<typeof visit>) => {
      const list = (await visitor.ask('GET /account/export')).body?.['Order']
      return Array.isArray(list) ? list.map(({ id }) => id).toSorted() : list
    }
    const visitor = visit(person)
    expect(await listed(visitor)).toEqual(orders.slice(0, 1))
    await enrollTotp(api, visitor)
    expect(await listed(visitor)).toEqual(orders)
  })

  it('holds the own rows of every organization, no secret, and nothing of others', async () => {
    const [person, colleague] = [await world.createPerson(), await world.createPerson()]
    await join(world.sql, world.globex, person.id, 'viewer')
    const there = { ...person, organizationId: world.globex }
    const own = [await world.createOrder(person), await world.createOrder(there)]
    await world.createOrder(colleague)
    const visitor = visit(person)
    const { secret, recoveryCodes } = await enrollTotp(api, visitor)
    const owner = { userId: person.id, organizationId: world.acme, name: 'Sync' }
    const permissions = ['order:read:own']
    const made = await api.services.apiKeys.create({ ...owner, permissions, maxAgeDays: 30 })
    const answer = await visitor.ask('GET /account/export')
    expect(answer.status).toBe(200)
    const rows = answer.body ?? {}
    const idsOf = (name: string) => {
      const list = rows[name]
      return Array.isArray(list) ? list.map(({ id }) => id).toSorted() : list
    }
    expect(idsOf('Order')).toEqual(own)
    expect(idsOf('User')).toEqual([person.id])
    expect(idsOf('Organization')).toEqual([world.acme, world.globex].toSorted())
    expect(idsOf('ApiKey')).toEqual([made.id])
    expect(rows['User']).toMatchObject([{ email: person.email }])
    expect(rows['Session']).toHaveLength(1)
    expect(rows['SecondFactors']).toEqual([{ totp: true, recoveryCodes: 10, passkeys: 0 }])
    expect(rows['Passkey']).toEqual([])
    const kept = await world.sql.run(
      `SELECT p.hash AS password, h.hash AS key, s.id AS session, t.secret
         FROM passwords p JOIN api_keys k USING (user_id) JOIN api_key_hashes h ON h.api_key_id = k.id
         JOIN sessions s USING (user_id) JOIN totp_secrets t USING (user_id) WHERE user_id = $1`,
      [person.id],
    )
    const secrets = [made.key, secret, ...recoveryCodes, ...Object.values(kept[0] ?? {})]
    expect(secrets).toHaveLength(16)
    const foreign = [colleague.id, colleague.email]
    for (const text of [...secrets, ...foreign]) expect(answer.text).not.toContain(text)
  })
})

describe('deletion', () => {
  it('ends the account, and removes the cookie', async () => {
    const { id, email, cookie } = await world.createPerson()
    const visitor = visit({ cookie })
    const answer = await visitor.ask('DELETE /account')
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(answer.headers.get('set-cookie')).toMatch(/^session=;.*Max-Age=0/)
    expect(await visit({ cookie }).status()).toBe(401)
    expect(await statusOfLogIn(email, password)).toBe(401)
    await waitForMail(api, email, /something changed/)
    const text = 'SELECT name, email FROM users WHERE id = $1'
    const deleted = { name: 'Deleted user', email: `deleted-${id}@deleted.invalid` }
    expect(await world.sql.run(text, [id])).toEqual([deleted])
  })

  it('lets the address be registered by somebody new', async () => {
    const { id, email, cookie } = await world.createPerson()
    await visit({ cookie }).ask('DELETE /account')
    await visit().ask('POST /auth/register', { email, password: next, name: 'Another' })
    const token = await waitForToken(api, email, 'register')
    await visit().ask('POST /auth/email/verify', { token })
    const { status, body } = await logIn(visit(), email, next)
    expect([status, body?.['user']]).toMatchObject([200, { name: 'Another' }])
    expect(JSON.stringify(body)).not.toContain(id)
  })

  it('waits while others would have no owner', async () => {
    const organizationId = crypto.randomUUID()
    await world.sql.run('INSERT INTO organizations (id, name) VALUES ($1, $2)', [
      organizationId,
      'Initech',
    ])
    const owner = await world.createPerson({ organizationId, role: 'owner' })
    const member = await world.createPerson({ organizationId })
    const visitor = visit(owner)
    const answer = await visitor.ask('DELETE /account')
    expect([answer.status, codeOf(answer)]).toEqual([409, 'conflict'])
    expect(await visitor.status()).toBe(200)
    await world.sql.run("UPDATE memberships SET role = 'owner' WHERE user_id = $1", [member.id])
    expect((await visitor.ask('DELETE /account')).status).toBe(204)
    expect(await visit(member).status()).toBe(200)
  })
})

it('no mail holds a name that somebody typed, or goes to more than one address', async () => {
  const email = freshEmail()
  const name = 'Visit evil.test'
  await visit().ask('POST /auth/register', { email, password, name })
  await waitForToken(api, email, 'register')
  expect(await findMails(api, email)).toHaveLength(1)
  for (const mail of await readOutbox(api.outbox)) {
    expect(JSON.stringify(mail)).not.toContain('evil.test')
    expect(mail.to).not.toMatch(/[,;]/)
  }
})
