import { hashToken } from '@repo/auth'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Administrator, createAdministrator, readAudit } from '../support/administer.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { type Person, password, signIn, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { createFirstPartyClient, issueToken } from '../support/issue-token.ts'
import { tokenIn, waitForMail } from '../support/mails.ts'
import { outcomeOf } from '../support/organizations.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useToken } from '../support/use-token.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let admin: Administrator

useWorld((made) => {
  ;({ api, world } = made)
})

beforeAll(async () => {
  admin = await createAdministrator(world)
})

const update = (person: Pick<Person, 'id'>, change: object) =>
  admin.ask(`PATCH /admin/users/${person.id}`, change)

interface Listed {
  readonly items: readonly Readonly<Record<string, unknown>>[]
  readonly nextCursor: string | null
}

async function list(query: Readonly<Record<string, string>>): Promise<Listed> {
  const answer = await admin.ask(`GET /admin/users?${new URLSearchParams(query)}`)
  const { items, nextCursor } = answer.body ?? {}
  if (!Array.isArray(items)) throw new Error(answer.text)
  return { items, nextCursor: nextCursor === null ? null : String(nextCursor) }
}

describe('the list of users', () => {
  it('shows everybody once, page by page, and neither services nor who was erased', async () => {
    const erased = await world.createPerson()
    expect((await createVisitor(api, erased.cookie).ask('DELETE /account')).status).toBe(204)
    const { id: service } = await api.clients.create({
      ...{ kind: 'service', name: 'Service', redirectUris: [], scopes: [] },
      ...{ firstParty: false, organizationId: world.acme },
    })
    const seen: unknown[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await list({ limit: '2', ...(cursor && { cursor }) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    const people = await world.sql.run(
      'SELECT id FROM users WHERE deleted_at IS NULL AND id <> $1',
      [service],
    )
    expect(seen).toHaveLength(people.length)
    expect(new Set(seen)).toEqual(new Set(people.map(({ id }) => id)))
    expect(seen).not.toContain(erased.id)
  })

  it('finds a part of an address or a name, whatever its case, and takes no pattern', async () => {
    const person = await world.createPerson()
    await world.sql.run("UPDATE users SET name = 'Zoë 100%_Ünique' WHERE id = $1", [person.id])
    const found = async (search: string) =>
      (await list({ search, limit: '100' })).items.map(({ id }) => id)
    expect(await found(person.email.toUpperCase())).toEqual([person.id])
    expect(await found('zoë 100%_ü')).toEqual([person.id])
    expect(await found('%')).toEqual([person.id])
    expect(await found('nobody is called so')).toEqual([])
  })

  it('tells of each what an administrator needs, and nothing that proves them', async () => {
    const person = await world.createPerson()
    const { items } = await list({ search: person.email })
    expect(items).toEqual([
      {
        id: person.id,
        email: person.email,
        name: expect.any(String),
        platformRole: null,
        emailVerified: true,
        secondFactor: false,
        suspendedAt: null,
        lastSeenAt: expect.any(String),
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    ])
  })
})

describe('an account that an administrator makes', () => {
  it('is opened by the link of a mail, with an organization of its own', async () => {
    const email = 'made@admin.test'
    const made = await admin.ask('POST /admin/users', { email, name: 'Made' })
    expect([made.status, made.body]).toMatchObject([201, { email, emailVerified: false }])
    const visitor = createVisitor(api)
    const logIn = () => visitor.ask('POST /auth/login', { email, password })
    expect(outcomeOf(await logIn())).toEqual([401, 'invalid_credentials'])
    const token = tokenIn(await waitForMail(api, email, /^An account was made/))
    expect((await visitor.ask('POST /auth/password/reset', { token, password })).status).toBe(204)
    expect((await logIn()).body).toMatchObject({ organizations: [{ role: 'owner' }] })
  })

  it('is refused for an address that has one', async () => {
    const { email } = await world.createPerson()
    const again = await admin.ask('POST /admin/users', { email, name: 'Twice' })
    expect(outcomeOf(again)).toEqual([409, 'conflict'])
  })

  it('can be an administrator from the beginning', async () => {
    const email = 'second-admin@admin.test'
    const made = await admin.ask('POST /admin/users', { email, name: 'A', platformRole: 'admin' })
    expect(made.body).toMatchObject({ platformRole: 'admin' })
    const [event] = await readAudit(world, admin, { action: 'admin.users.create' })
    expect(event).toMatchObject({
      ...{ actor: admin.id, target: made.body?.['id'], outcome: 'success', before: null },
      after: { platformRole: 'admin', suspended: false },
    })
  })
})

describe('a role on the platform', () => {
  it('opens the administration on the very next request, and its loss closes it', async () => {
    const person = await world.createPerson()
    const visitor = createVisitor(api, person.cookie)
    const status = async () => (await visitor.ask('GET /admin/users')).status
    expect(await status()).toBe(403)
    expect((await update(person, { platformRole: 'admin' })).status).toBe(200)
    expect(await status()).toBe(200)
    expect((await update(person, { platformRole: 'support' })).status).toBe(200)
    expect(await status()).toBe(403)
    expect((await visitor.ask('GET /admin/organizations')).status).toBe(200)
    expect((await update(person, { platformRole: null })).status).toBe(200)
    expect((await visitor.ask('GET /admin/organizations')).status).toBe(403)
    const states = (await readAudit(world, admin, { target: person.id })).map((event) => [
      Object(event['before'])['platformRole'],
      Object(event['after'])['platformRole'],
    ])
    expect(states).toEqual([
      ['support', null],
      ['admin', 'support'],
      [null, 'admin'],
    ])
  })
})

/** A person with every way in: a session, a key and a token. */
async function createBusy() {
  const person = await world.createPerson()
  const owner = { userId: person.id, organizationId: world.acme, name: 'Key' }
  const permissions = ['order:read:own']
  const { key } = await api.services.apiKeys.create({ ...owner, permissions, maxAgeDays: 30 })
  const clientId = await createFirstPartyClient(api)
  const token = await issueToken(api, { clientId, person, scopes: ['order:read:own'] })
  const path = `${api.url}/api/users/${person.id}/orders`
  const statuses = async () => [
    (await request(path, { cookie: person.cookie })).status,
    await useToken(api, key, person),
    await useToken(api, token, person),
  ]
  return { person, statuses }
}

describe('a suspension', () => {
  it('ends session, key and token at once, and its end brings none of them back', async () => {
    const { person, statuses } = await createBusy()
    expect(await statuses()).toEqual([200, 200, 200])
    const suspended = await update(person, { suspended: true })
    expect(suspended.body?.['suspendedAt']).toEqual(expect.any(String))
    expect(await statuses()).toEqual([401, 401, 401])
    await expect(signIn(api, person.email)).rejects.toThrow('401')
    const enabled = await update(person, { suspended: false })
    expect(enabled.body?.['suspendedAt']).toBeNull()
    expect(await statuses()).toEqual([401, 401, 401])
    const cookie = await signIn(api, person.email)
    expect((await request(`${api.url}/api/auth/session`, { cookie })).status).toBe(200)
  })

  it('makes the links that are on their way worthless, and those they sent', async () => {
    const person = await world.createPerson({ role: 'admin' })
    await createVisitor(api, person.cookie).ask(`POST /organizations/${world.acme}/invitations`, {
      email: 'way-back@world.test',
      role: 'admin',
    })
    const invitations = () =>
      world.sql.run('SELECT FROM invitations WHERE user_id = $1', [person.id])
    expect(await invitations()).toHaveLength(1)
    const token = `${'a'.repeat(43)}`
    await world.keepLink(token, { purpose: 'reset_password', email: person.email })
    const links = () =>
      world.sql.run('SELECT FROM one_time_tokens WHERE id = $1', [hashToken(token)])
    expect(await links()).toHaveLength(1)
    await update(person, { suspended: true })
    expect([await links(), await invitations()]).toEqual([[], []])
  })
})

describe('a forced log-out', () => {
  it('ends every session and token, and leaves keys and the way back in', async () => {
    const { person, statuses } = await createBusy()
    expect(await statuses()).toEqual([200, 200, 200])
    expect((await admin.ask(`POST /admin/users/${person.id}/log-out`)).status).toBe(204)
    expect(await statuses()).toEqual([401, 200, 401])
    await expect(signIn(api, person.email)).resolves.toMatch('session=')
    const action = 'admin.users.logOut'
    const [event] = await readAudit(world, admin, { target: person.id, action })
    expect(event).toMatchObject({ before: { grants: 1 }, after: { sessions: 0, grants: 0 } })
  })
})

describe('a reset of the second factor', () => {
  it('lets who has lost it in by the password alone, and tells them', async () => {
    const person = await world.createPerson()
    const visitor = createVisitor(api, person.cookie)
    await enrollTotp(api, visitor)
    const credentials = { email: person.email, password }
    const mfaRequired = async () =>
      (await createVisitor(api).ask('POST /auth/login', credentials)).body?.['mfaRequired']
    expect(await mfaRequired()).toBe(true)
    const reset = await admin.ask(`POST /admin/users/${person.id}/reset-second-factor`)
    expect(reset.status).toBe(204)
    expect(await visitor.status()).toBe(401)
    expect(await mfaRequired()).toBe(false)
    const { text } = await waitForMail(api, person.email, /something changed/)
    expect(text).toMatch(/second factor/)
    const [event] = await readAudit(world, admin, { target: person.id })
    expect(event).toMatchObject({ before: { secondFactor: true }, after: { secondFactor: false } })
  })
})

describe('an organization, for the platform', () => {
  it('gets the plan that was booked, which counts at once', async () => {
    const organizationId = await world.createTenant('Hooli')
    const find = async () => {
      const { body } = await admin.ask('GET /admin/organizations?search=hOOl')
      return body?.['items']
    }
    expect(await find()).toMatchObject([{ id: organizationId, plan: 'standard', members: 1 }])
    const person = await world.createPerson({ organizationId })
    const plan = async () => {
      const { ask } = createVisitor(api, person.cookie)
      return (await ask(`GET /organizations/${organizationId}`)).body?.['plan']
    }
    expect(await plan()).toBe('standard')
    const path = `PATCH /admin/organizations/${organizationId}` as const
    expect((await admin.ask(path, { plan: 'business' })).status).toBe(204)
    expect(await find()).toMatchObject([{ plan: 'business', members: 2 }])
    expect(await plan()).toBe('business')
    const [event] = await readAudit(world, admin, { target: organizationId })
    expect(event).toMatchObject({ before: { plan: 'standard' }, after: { plan: 'business' } })
  })

  it('does not come back without an owner, or after its 30 days', async () => {
    const organizationId = await world.createTenant('Vandelay')
    const path = `PATCH /admin/organizations/${organizationId}` as const
    const restore = async () => outcomeOf(await admin.ask(path, { restored: true }))
    const set = (text: string) => world.sql.run(text, [organizationId])
    await set("UPDATE organizations SET deleted_at = now() - interval '31 days' WHERE id = $1")
    expect(await restore()).toEqual([409, 'conflict'])
    await set("UPDATE organizations SET deleted_at = now() - interval '29 days' WHERE id = $1")
    await set("UPDATE memberships SET role = 'admin' WHERE organization_id = $1")
    expect(await restore()).toEqual([409, 'conflict'])
    await set("UPDATE memberships SET role = 'owner' WHERE organization_id = $1")
    expect(await restore()).toEqual([204])
  })

  it('comes back with its members after a deletion', async () => {
    const organizationId = await world.createTenant('Initrode')
    const owner = await world.createPerson({ organizationId, role: 'owner' })
    const { ask } = createVisitor(api, owner.cookie)
    const read = async () => (await ask(`GET /organizations/${organizationId}`)).status
    expect((await ask(`DELETE /organizations/${organizationId}`)).status).toBe(204)
    expect(await read()).toBe(404)
    const path = `PATCH /admin/organizations/${organizationId}` as const
    expect((await admin.ask(path, { restored: true })).status).toBe(204)
    expect(await read()).toBe(200)
  })

  it.each([
    ['a plan that is none', { plan: 'gold' }],
    ['a deletion', { restored: false }],
    ['a name', { name: 'Ours' }],
  ])('is not given %s', async (_what, change) => {
    const path = `PATCH /admin/organizations/${world.acme}` as const
    expect(outcomeOf(await admin.ask(path, change))).toEqual([400, 'invalid_input'])
  })
})

describe('the audit log', () => {
  const noon = '2026-11-27T12:00:00Z'

  it('is searched by person, action, outcome and time, page by page', async () => {
    const person = await world.createPerson()
    const { ask } = createVisitor(api, person.cookie)
    const orderId = await world.createOrder(person)
    await ask(`PATCH /orders/${orderId}`, { note: 'a' })
    await ask(`PATCH /orders/${orderId}`, { note: 'b' })
    await ask('DELETE /orders/2147483647')
    const found = async (query: Readonly<Record<string, string>>) =>
      (await readAudit(world, admin, { person: person.id, ...query })).map(
        ({ action, outcome }) => [action, outcome],
      )
    const changes = [
      ['orders.update', 'success'],
      ['orders.update', 'success'],
    ]
    expect(await found({})).toEqual([['orders.delete', 'denied'], ...changes])
    expect(await found({ action: 'orders.update' })).toEqual(changes)
    expect(await found({ outcome: 'denied' })).toEqual([['orders.delete', 'denied']])
    expect(await found({ target: String(orderId) })).toEqual(changes)
    expect(await found({ organization: world.globex })).toEqual([])
    const hour = 60 * 60 * 1_000
    const at = (offset: number) => new Date(Date.now() + offset).toISOString()
    expect(await found({ since: at(-hour), until: at(hour) })).toHaveLength(3)
    expect(await found({ until: at(-hour) })).toEqual([])
    const path = `GET /admin/audit-events?person=${person.id}&limit=2` as const
    const first = await admin.ask(path)
    expect(first.body?.['items']).toHaveLength(2)
    const rest = await admin.ask(`${path}&cursor=${first.body?.['nextCursor']}`)
    expect(rest.body).toMatchObject({ items: [{ action: 'orders.update' }], nextCursor: null })
  })

  it.each([
    ['a year that no database has', 'since=0000-01-01T00:00:00Z', '/since'],
    ['a year past the last of four digits', 'until=9999-12-31T23:59:59-23:59', '/until'],
    ['a day for a moment', 'since=2026-11-27', '/since'],
    ['an end before its beginning', `since=${noon}&until=2026-11-27T11:59:59Z`, '/until'],
  ])('is not searched by %s', async (_name, query, pointer) => {
    const answer = await admin.ask(`GET /admin/audit-events?${query}`)
    expect(outcomeOf(answer)).toEqual([400, 'invalid_input'])
    expect(answer.body?.['errors']).toEqual([expect.objectContaining({ pointer })])
    expect((await admin.ask(`GET /admin/audit-events?since=${noon}&until=${noon}`)).status).toBe(
      200,
    )
  })
})
