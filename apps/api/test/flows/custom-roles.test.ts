import { describe, expect, it } from 'vitest'
import type { World } from '../support/create-world.ts'
import { createHolder, makeRole } from '../support/custom-roles.ts'
import { createFirstPartyClient, issueToken } from '../support/issue-token.ts'
import { tokenIn, waitForMail } from '../support/mails.ts'
import { createMember, createOwner, type Member, outcomeOf } from '../support/organizations.ts'
import { problemOf } from '../support/problem-of.ts'
import type { TestApi } from '../support/start-api.ts'
import { useToken } from '../support/use-token.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const path = ({ organizationId }: Member) => `/organizations/${organizationId}` as const
const rolePath = (member: Member, roleId: string) => `${path(member)}/roles/${roleId}` as const

describe('a role of the organization’s own', () => {
  it('is made, listed, changed and deleted by its owner', async () => {
    const owner = await createOwner(world)
    const roles = `${path(owner)}/roles` as const
    const permissions = ['order:read:any', 'order:update:own']
    const made = await owner.ask(`POST ${roles}`, { name: 'Auditor', permissions })
    const role = {
      id: expect.any(String),
      name: 'Auditor',
      permissions,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    }
    expect([made.status, made.body]).toEqual([201, role])
    expect((await owner.ask(`GET ${roles}`)).body).toEqual({ items: [made.body], nextCursor: null })
    const own = rolePath(owner, String(made.body?.['id']))
    const changed = await owner.ask(`PATCH ${own}`, { permissions: ['order:read:own'] })
    expect(changed.body).toEqual({ ...role, permissions: ['order:read:own'] })
    const taken = await owner.ask(`POST ${roles}`, { name: 'Auditor', permissions: [] })
    expect(outcomeOf(taken)).toEqual([409, 'conflict'])
    expect((await owner.ask(`DELETE ${own}`)).status).toBe(204)
    expect((await owner.ask(`GET ${roles}`)).body?.['items']).toEqual([])
    expect((await owner.ask(`POST ${roles}`, { name: 'Auditor', permissions: [] })).status).toBe(
      201,
    )
  })

  it('is listed page by page', async () => {
    const owner = await createOwner(world)
    const made = [await makeRole(owner, []), await makeRole(owner, []), await makeRole(owner, [])]
    const roles = `GET ${path(owner)}/roles` as const
    const first = (await owner.ask(`${roles}?limit=2`)).body
    const second = (await owner.ask(`${roles}?limit=2&cursor=${first?.['nextCursor']}`)).body
    const items = [first, second].flatMap((page) => Array.from(Object(page?.['items'])))
    expect(items.map((item) => Reflect.get(Object(item), 'id'))).toEqual(made.toSorted())
    expect(second?.['nextCursor']).toBeNull()
  })

  it('is changed and deleted on the condition that it is as it was seen', async () => {
    const owner = await createOwner(world)
    const own = rolePath(owner, await makeRole(owner, ['order:read:own']))
    const rename = (name: string, tag: string) =>
      owner.ask(`PATCH ${own}`, { name }, { headers: { 'if-match': tag } })
    const seen = String((await owner.ask(`PATCH ${own}`, { name: 'A' })).headers.get('etag'))
    const changed = await rename('B', seen)
    expect([changed.status, changed.body?.['name']]).toEqual([200, 'B'])
    expect(outcomeOf(await rename('C', seen))).toEqual([412, 'precondition_failed'])
    const remove = (tag: string) =>
      owner.ask(`DELETE ${own}`, undefined, { headers: { 'if-match': tag } })
    expect(outcomeOf(await remove(seen))).toEqual([412, 'precondition_failed'])
    expect((await remove(String(changed.headers.get('etag')))).status).toBe(204)
  })

  it('is given to a member, who is listed with it, and taken from them again', async () => {
    const owner = await createOwner(world)
    const holder = await createMember(world, owner.organizationId, 'member')
    const roleId = await makeRole(owner, ['order:read:own'])
    const given = await owner.ask(`PATCH ${path(owner)}/members/${holder.id}`, { roleId })
    expect([given.status, given.body]).toMatchObject([200, { role: 'custom', roleId }])
    const listed = await owner.ask(`GET ${path(owner)}/members`)
    const asListed = (role: object) =>
      expect.arrayContaining([expect.objectContaining({ userId: holder.id, ...role })])
    expect(listed.body?.['items']).toEqual(asListed({ role: 'custom', roleId }))
    const route = `PATCH ${path(owner)}/members/${holder.id}` as const
    const taken = await owner.ask(route, { role: 'viewer' })
    expect(taken.body).toMatchObject({ role: 'viewer', roleId: null })
    const after = await owner.ask(`GET ${path(owner)}/members`)
    expect(after.body?.['items']).toEqual(asListed({ role: 'viewer', roleId: null }))
  })

  it('is given by an admin too, and lets its holder leave', async () => {
    const { owner, roleId } = await createHolder(world, [])
    const admin = await createMember(world, owner.organizationId, 'admin')
    const member = await createMember(world, owner.organizationId, 'member')
    const given = await admin.ask(`PATCH ${path(owner)}/members/${member.id}`, { roleId })
    expect(given.body).toMatchObject({ role: 'custom', roleId })
    expect((await member.ask(`POST ${path(owner)}/leave`)).status).toBe(204)
  })

  it('comes with an invitation', async () => {
    const { owner, roleId } = await createHolder(world, ['order:read:any'])
    const invited = await createMember(world, world.globex, 'member')
    const offer = { email: invited.email, roleId }
    const made = await owner.ask(`POST ${path(owner)}/invitations`, offer)
    expect([made.status, made.body]).toMatchObject([201, { role: 'custom', roleId }])
    const open = await owner.ask(`GET ${path(owner)}/invitations`)
    expect(open.body?.['items']).toEqual([made.body])
    const token = tokenIn(await waitForMail(api, invited.email, /invited/))
    const accepted = await invited.ask('POST /invitations/accept', { token })
    const { organizationId } = owner
    expect(accepted.body).toEqual({ organizationId, role: 'custom', roleId })
    const acting = { headers: { 'x-organization-id': organizationId } }
    const orderId = await world.createOrder(owner)
    expect((await invited.ask(`GET /orders/${orderId}`, undefined, acting)).status).toBe(200)
    const update = await invited.ask(`PATCH /orders/${orderId}`, { status: 'paid' }, acting)
    expect(outcomeOf(update)).toEqual([403, 'forbidden'])
  })

  it('stands in place of the one that somebody had before they left', async () => {
    const { owner, holder, roleId } = await createHolder(world, ['order:read:own'])
    expect((await owner.ask(`DELETE ${path(owner)}/members/${holder.id}`)).status).toBe(204)
    await owner.ask(`POST ${path(owner)}/invitations`, { email: holder.email, roleId })
    const token = tokenIn(await waitForMail(api, holder.email, /invited/))
    const accepted = await holder.ask('POST /invitations/accept', { token })
    expect(accepted.body).toMatchObject({ role: 'custom', roleId })
  })
})

describe('what a role is made of now bites on the next request', () => {
  it('by cookie, key and token', async () => {
    const permissions = ['order:read:own', 'apiKey:create:own']
    const { owner, holder, roleId } = await createHolder(world, permissions)
    const scopes = ['order:read:own']
    const made = await holder.ask('POST /api-keys', { name: 'Key', permissions: scopes })
    expect(made.status).toBe(201)
    const key = String(made.body?.['key'])
    const clientId = await createFirstPartyClient(api)
    const token = await issueToken(api, { clientId, person: holder, scopes })
    const statuses = async () => [
      (await holder.ask(`GET /users/${holder.id}/orders`)).status,
      await useToken(api, key, holder),
      await useToken(api, token, holder),
    ]
    const own = rolePath(owner, roleId)
    const set = (now: readonly string[]) => owner.ask(`PATCH ${own}`, { permissions: now })
    expect(await statuses()).toEqual([200, 200, 200])
    expect((await set(['apiKey:create:own'])).status).toBe(200)
    expect(await statuses()).toEqual([403, 403, 403])
    expect((await set(permissions)).status).toBe(200)
    expect(await statuses()).toEqual([200, 200, 200])
  })

  it('wider, within what a key was given', async () => {
    const { owner, holder, roleId } = await createHolder(world, [
      'order:read:own',
      'apiKey:create:own',
    ])
    const orderId = await world.createOrder(owner)
    const given = { name: 'Key', permissions: ['order:read:own'] }
    const key = String((await holder.ask('POST /api-keys', given)).body?.['key'])
    const byKey = { cookie: undefined, headers: { authorization: `Bearer ${key}` } }
    const read = (asked?: object) => holder.ask(`GET /orders/${orderId}`, undefined, asked)
    expect([(await read()).status, (await read(byKey)).status]).toEqual([404, 404])
    await owner.ask(`PATCH ${rolePath(owner, roleId)}`, { permissions: ['order:read:any'] })
    expect([(await read()).status, (await read(byKey)).status]).toEqual([200, 404])
  })

  it('for keys that are rotated, by who cannot list them', async () => {
    const { owner, holder, roleId } = await createHolder(world, [
      'order:read:own',
      'apiKey:create:own',
    ])
    const given = { name: 'Key', permissions: ['order:read:own'] }
    const made = await holder.ask('POST /api-keys', given)
    const rotate = () => holder.ask(`POST /api-keys/${made.body?.['id']}/rotate`)
    expect(outcomeOf(await holder.ask('GET /api-keys'))).toEqual([403, 'forbidden'])
    expect(outcomeOf(await rotate())).toEqual([404, 'not_found'])
    const permissions = ['order:read:own', 'apiKey:update:own']
    await owner.ask(`PATCH ${rolePath(owner, roleId)}`, { permissions })
    const rotated = await rotate()
    expect(rotated.status).toBe(201)
    const shown = { ...given, userId: holder.id, lastUsedAt: null }
    expect([made.body, rotated.body]).toMatchObject([shown, shown])
    expect(await useToken(api, String(rotated.body?.['key']), holder)).toBe(200)
    expect(rotated.body?.['id']).not.toBe(made.body?.['id'])
  })

  it('for a key that is asked for: it may do no more than its owner', async () => {
    const { holder } = await createHolder(world, ['order:read:own', 'apiKey:create:own'])
    const make = (permission: string) =>
      holder.ask('POST /api-keys', { name: 'Key', permissions: [permission] })
    for (const permission of ['order:read:any', 'order:create:own', 'file:read:own']) {
      expect(outcomeOf(await make(permission))).toEqual([403, 'forbidden'])
    }
    expect((await make('order:read:own')).status).toBe(201)
  })
})

describe('a role that is in use', () => {
  const inUse = 'A member or an open invitation has this role: give them another one first.'

  it('is not deleted while a member has it, and then is', async () => {
    const { owner, holder, roleId } = await createHolder(world, ['order:read:own'])
    const remove = () => owner.ask(`DELETE ${rolePath(owner, roleId)}`)
    const refused = await remove()
    expect(outcomeOf(refused)).toEqual([409, 'conflict'])
    expect(problemOf(refused.body)?.detail).toBe(inUse)
    expect((await holder.ask(`GET /users/${holder.id}/orders`)).status).toBe(200)
    await owner.ask(`PATCH ${path(owner)}/members/${holder.id}`, { role: 'viewer' })
    expect((await remove()).status).toBe(204)
  })

  it('is not deleted while an invitation is open, and then is', async () => {
    const owner = await createOwner(world)
    const roleId = await makeRole(owner, [])
    const email = `${crypto.randomUUID()}@invited.test`
    const { body } = await owner.ask(`POST ${path(owner)}/invitations`, { email, roleId })
    const remove = () => owner.ask(`DELETE ${rolePath(owner, roleId)}`)
    expect(outcomeOf(await remove())).toEqual([409, 'conflict'])
    await owner.ask(`DELETE ${path(owner)}/invitations/${body?.['id']}`)
    expect((await remove()).status).toBe(204)
  })

  it.each([
    ['who left', (holder: Member) => holder.ask(`POST ${path(holder)}/leave`)],
    ['who deleted their account', (holder: Member) => holder.ask('DELETE /account')],
  ])('is not that of somebody %s', async (_who, end) => {
    const { owner, holder, roleId } = await createHolder(world, [])
    expect((await end(holder)).status).toBe(204)
    expect((await owner.ask(`DELETE ${rolePath(owner, roleId)}`)).status).toBe(204)
  })

  it('is not that of an invitation that expired', async () => {
    const owner = await createOwner(world)
    const roleId = await makeRole(owner, [])
    const email = `${crypto.randomUUID()}@invited.test`
    await owner.ask(`POST ${path(owner)}/invitations`, { email, roleId })
    await world.sql.run('UPDATE invitations SET expires_at = now() WHERE email = $1', [email])
    expect((await owner.ask(`DELETE ${rolePath(owner, roleId)}`)).status).toBe(204)
  })

  it('goes with its organization, when that is taken away', async () => {
    const { owner, roleId } = await createHolder(world, [])
    const email = `${crypto.randomUUID()}@invited.test`
    await owner.ask(`POST ${path(owner)}/invitations`, { email, roleId })
    await world.sql.run('DELETE FROM organizations WHERE id = $1', [owner.organizationId])
    const left = await world.sql.run('SELECT FROM custom_roles WHERE id = $1', [roleId])
    expect(left).toEqual([])
  })
})
