import { describe, expect, it } from 'vitest'
import { createVisitor } from '../support/create-visitor.ts'
import { password, signIn, type World } from '../support/create-world.ts'
import { createFirstPartyClient, issueToken } from '../support/issue-token.ts'
import { tokenIn, waitForMail, waitForToken } from '../support/mails.ts'
import { createMember, createOwner, outcomeOf, rolesIn } from '../support/organizations.ts'
import { request } from '../support/request.ts'
import { endSlowness, slowDown } from '../support/slow-down.ts'
import type { TestApi } from '../support/start-api.ts'
import { useToken } from '../support/use-token.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const acting = (organizationId: string) => ({ headers: { 'x-organization-id': organizationId } })

describe('an organization', () => {
  it('is made by anybody who is signed in, who is its owner and acts in either by name', async () => {
    const person = await createMember(world, world.acme, 'viewer')
    const made = await person.ask('POST /organizations', { name: 'Own company' })
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.any(String),
        name: 'Own company',
        plan: 'standard',
        requireSecondFactor: false,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    ])
    expect(made.headers.get('etag')).not.toBeNull()
    const own = String(made.body?.['id'])
    const order = { currency: 'EUR', totalCents: 1 }
    const create = (asked: object) => person.ask(`POST /users/${person.id}/orders`, order, asked)
    expect(outcomeOf(await create({}))).toEqual([400, 'organization_required'])
    expect(outcomeOf(await create(acting(world.acme)))).toEqual([403, 'forbidden'])
    expect(outcomeOf(await create(acting(own)))).toEqual([201])
    const listed = await person.ask('GET /organizations')
    expect(listed.body?.['items']).toHaveLength(2)
    const { body } = await person.ask('GET /auth/session')
    expect(body?.['organizations']).toContainEqual({
      id: own,
      role: 'owner',
      requiresSecondFactor: false,
    })
  })

  it('is renamed by an admin, and by no member', async () => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const route = `PATCH /organizations/${organizationId}` as const
    const [admin, member] = [
      await createMember(world, organizationId, 'admin'),
      await createMember(world, organizationId, 'member'),
    ]
    expect(outcomeOf(await member.ask(route, { name: 'Theirs' }))).toEqual([403, 'forbidden'])
    expect((await admin.ask(route, { name: 'New name' })).body).toMatchObject({ name: 'New name' })
    expect(outcomeOf(await admin.ask(route, { name: ' ' }))).toEqual([400, 'invalid_input'])
    const { body } = await member.ask(`GET /organizations/${organizationId}`)
    expect(body).toMatchObject({ name: 'New name' })
  })

  it('is one of 20 at most that somebody owns, those made at once included', async () => {
    const person = await createMember(world, world.acme, 'member')
    await world.sql.run(
      `WITH made AS (
         INSERT INTO organizations (id, name) SELECT gen_random_uuid(), 'Own' FROM generate_series(1, 17)
         RETURNING id)
       INSERT INTO memberships (organization_id, user_id, role) SELECT id, $1, 'owner' FROM made`,
      [person.id],
    )
    const make = () => person.ask('POST /organizations', { name: 'One more' })
    await slowDown(world.sql, 'INSERT ON organizations')
    const answers = await Promise.all(Array.from({ length: 6 }, make))
    await endSlowness(world.sql, 'INSERT ON organizations')
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...[201, 201, 201],
      ...[409, 409, 409],
    ])
  })

  it('is deleted by its owner, and its rows are kept', async () => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const route = `DELETE /organizations/${organizationId}` as const
    const admin = await createMember(world, organizationId, 'admin')
    const orderId = await world.createOrder(admin)
    expect(outcomeOf(await admin.ask(route))).toEqual([403, 'forbidden'])
    expect((await admin.ask(`GET /orders/${orderId}`)).status).toBe(200)
    expect((await owner.ask(route)).status).toBe(204)
    for (const { ask } of [owner, admin]) {
      expect((await ask('GET /organizations')).body?.['items']).toEqual([])
      expect(outcomeOf(await ask(`GET /organizations/${organizationId}`))).toEqual([
        404,
        'not_found',
      ])
      expect(
        outcomeOf(await ask(`GET /orders/${orderId}`, undefined, acting(organizationId))),
      ).toEqual([404, 'not_found'])
    }
    const kept = await world.sql.run('SELECT id FROM orders WHERE id = $1', [orderId])
    expect(kept).toHaveLength(1)
    // Its owner is not held by it either.
    expect((await owner.ask('DELETE /account')).status).toBe(204)
  })
})

describe('members', () => {
  it('are listed page by page, to a member themselves alone', async () => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const people = await Promise.all(
      ['admin', 'member', 'viewer'].map((role) => createMember(world, organizationId, role)),
    )
    const list = (who: { ask: typeof owner.ask }, query = '') =>
      who.ask(`GET /organizations/${organizationId}/members${query}`)
    const first = await list(owner, '?limit=3')
    const second = await list(owner, `?limit=3&cursor=${String(first.body?.['nextCursor'])}`)
    expect(second.body?.['nextCursor']).toBeNull()
    const items = [first, second].flatMap(({ body }) => body?.['items'] as { userId: string }[])
    const ids = [owner, ...people].map(({ id }) => id).toSorted()
    expect(items.map(({ userId }) => userId)).toEqual(ids)
    expect(items).toContainEqual({
      userId: owner.id,
      name: expect.any(String),
      email: owner.email,
      role: 'owner',
      roleId: null,
      createdAt: expect.any(String),
    })
    const [, member] = people
    if (!member) throw new Error('There is no member.')
    const { body } = await list(member)
    expect(body?.['items']).toEqual([expect.objectContaining({ userId: member.id })])
  })

  it('change their role by an admin, who sees the new one, and act by it at once', async () => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const member = await createMember(world, organizationId, 'member')
    const create = () =>
      member.ask(`POST /users/${member.id}/orders`, { currency: 'EUR', totalCents: 1 })
    expect((await create()).status).toBe(201)
    const route = `PATCH /organizations/${organizationId}/members/${member.id}` as const
    expect((await owner.ask(route, { role: 'viewer' })).body).toMatchObject({
      userId: member.id,
      role: 'viewer',
    })
    expect(outcomeOf(await create())).toEqual([403, 'forbidden'])
    expect((await owner.ask(route, { role: 'member' })).status).toBe(200)
    expect((await create()).status).toBe(201)
  })
})

describe('on the next request nothing of a member is good any more, by cookie, key or token, after', () => {
  it.each(['a removal', 'leaving', 'the deletion of the organization'] as const)(
    '%s',
    async (what) => {
      const owner = await createOwner(world)
      const { organizationId } = owner
      const member = await createMember(world, organizationId, 'member')
      const permissions = ['order:read:own']
      const { key } = await api.services.apiKeys.create({
        ...{ userId: member.id, organizationId, name: 'Key', permissions, maxAgeDays: 30 },
      })
      const clientId = await createFirstPartyClient(api)
      const token = await issueToken(api, {
        ...{ clientId, person: member, scopes: ['order:read:own'] },
      })
      const statuses = async () => [
        (await member.ask(`GET /users/${member.id}/orders`)).status,
        (await member.ask(`GET /users/${member.id}/orders`, undefined, acting(organizationId)))
          .status,
        await useToken(api, key, member),
        await useToken(api, token, member),
      ]
      expect(await statuses()).toEqual([200, 200, 200, 200])
      const path = `/organizations/${organizationId}` as const
      const ended = await {
        'a removal': () => owner.ask(`DELETE ${path}/members/${member.id}`),
        leaving: () => member.ask(`POST ${path}/leave`),
        'the deletion of the organization': () => owner.ask(`DELETE ${path}`),
      }[what]()
      expect(ended.status).toBe(204)
      expect(await statuses()).toEqual([403, 404, 401, 401])
      if (what === 'the deletion of the organization') return
      // Who comes back finds no key of theirs from before.
      await owner.ask(`POST ${path}/invitations`, { email: member.email, role: 'member' })
      const link = tokenIn(await waitForMail(api, member.email, /invited/))
      expect((await member.ask('POST /invitations/accept', { token: link })).status).toBe(200)
      expect(await statuses()).toEqual([200, 200, 401, 401])
      expect(await rolesIn(world, organizationId)).toEqual(['member', 'owner'])
    },
  )
})

describe('an invitation', () => {
  it('makes a member of somebody who has an account', async () => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const invited = await createMember(world, world.globex, 'member')
    const offer = { email: invited.email.toUpperCase(), role: 'admin' }
    const made = await owner.ask(`POST /organizations/${organizationId}/invitations`, offer)
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.any(String),
        userId: owner.id,
        email: invited.email,
        role: 'admin',
        roleId: null,
        createdAt: expect.any(String),
        expiresAt: expect.any(String),
      },
    ])
    const listed = await owner.ask(`GET /organizations/${organizationId}/invitations`)
    expect(listed.body).toEqual({ items: [made.body], nextCursor: null })
    const mail = await waitForMail(api, invited.email, /invited/)
    const { baseUrl } = api.services.config
    expect(mail.text).toContain(`${baseUrl}/account/accept-invitation#${tokenIn(mail)}`)
    const accepted = await invited.ask('POST /invitations/accept', { token: tokenIn(mail) })
    expect([accepted.status, accepted.body]).toEqual([
      200,
      { organizationId, role: 'admin', roleId: null },
    ])
    const members = `GET /organizations/${organizationId}/members` as const
    const list = await invited.ask(members, undefined, acting(organizationId))
    expect(list.body?.['items']).toHaveLength(2)
    const empty = await owner.ask(`GET /organizations/${organizationId}/invitations`)
    expect(empty.body?.['items']).toEqual([])
  })

  it('makes a member of somebody who opens an account with the address first', async () => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const email = `${crypto.randomUUID()}@newcomer.test`
    await owner.ask(`POST /organizations/${organizationId}/invitations`, { email, role: 'viewer' })
    const token = tokenIn(await waitForMail(api, email, /invited/))
    const page = await request(`${api.url}/account/accept-invitation`)
    expect(page.text).toContain('open one with it')
    const visitor = createVisitor(api)
    const tried = await visitor.ask('POST /invitations/accept', { token })
    expect(outcomeOf(tried)).toEqual([401, 'unauthenticated'])
    await visitor.ask('POST /auth/register', { email, password, name: 'Nora' })
    const link = await waitForToken(api, email, 'register')
    expect((await visitor.ask('POST /auth/email/verify', { token: link, password })).status).toBe(
      204,
    )
    const newcomer = createVisitor(api, await signIn(api, email))
    expect((await newcomer.ask('POST /invitations/accept', { token })).status).toBe(200)
    const { body } = await newcomer.ask('GET /organizations')
    // The organization of their own, and the one they were invited to.
    expect(body?.['items']).toHaveLength(2)
    expect(await rolesIn(world, organizationId)).toEqual(['owner', 'viewer'])
  })
})

describe('the calls an hour', () => {
  it.each([
    ['standard', 429],
    ['business', 200],
  ])(
    'of a %s plan: once those of the standard one are used up, the next answers %i',
    async (plan, status) => {
      const { id, organizationId, ask } = await createOwner(world)
      await world.sql.run('UPDATE organizations SET plan = $2 WHERE id = $1', [
        organizationId,
        plan,
      ])
      const check = { name: 'user', key: id } as const
      let isUsedUp = false
      while (!isUsedUp) {
        const calls = Array.from({ length: 50 }, () => api.services.limiter.decide([check]))
        isUsedUp = (await Promise.all(calls)).some(({ allowed }) => !allowed)
      }
      expect((await ask('GET /organizations')).status).toBe(status)
      const other = acting(crypto.randomUUID())
      // An organization that is not theirs gives nobody its plan.
      expect((await ask('GET /organizations', undefined, other)).status).toBe(429)
    },
  )
})
