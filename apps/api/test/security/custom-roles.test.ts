import { customRolePermissions, permissions } from '@repo/rbac'
import { describe, expect, it } from 'vitest'
import type { World } from '../support/create-world.ts'
import { createHolder, createRole, giveRole, makeRole } from '../support/custom-roles.ts'
import { tokenIn, waitForMail } from '../support/mails.ts'
import { createMember, createOwner, type Member, outcomeOf } from '../support/organizations.ts'
import { problemOf, withoutRequestId } from '../support/problem-of.ts'
import type { Answer } from '../support/request.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const path = ({ organizationId }: Member) => `/organizations/${organizationId}` as const
const rolePath = (member: Member, roleId: string) => `${path(member)}/roles/${roleId}` as const
const memberPath = (asker: Member, { id }: { readonly id: string }) =>
  `${path(asker)}/members/${id}` as const
const freshEmail = () => `${crypto.randomUUID()}@invited.test`
const nobodys = '01234567-89ab-7def-8123-456789abcdef'

describe('a role is not made of', () => {
  const allowed: readonly string[] = customRolePermissions
  const governing = permissions.filter((permission) => !allowed.includes(permission))
  const junk = ['*', 'order:read', 'order:read:all', 'ORDER:READ:ANY', 'order:read:any ', '', null]

  it.each([...governing, ...junk])('%j, at its creation or by a change', async (permission) => {
    const owner = await createOwner(world)
    const roleId = await makeRole(owner, ['order:read:own'])
    const before = await takeSnapshot(world.sql)
    const wanted = { permissions: ['order:read:own', permission] }
    const made = await owner.ask(`POST ${path(owner)}/roles`, { name: 'Role', ...wanted })
    const changed = await owner.ask(`PATCH ${rolePath(owner, roleId)}`, wanted)
    for (const answer of [made, changed]) {
      expect(outcomeOf(answer), answer.text).toEqual([400, 'invalid_input'])
      const pointers = problemOf(answer.body)?.errors?.map(({ pointer }) => pointer)
      expect(pointers).toEqual(['/permissions/1'])
    }
    expect(await takeSnapshot(world.sql)).toBe(before)
    const fine = { permissions: ['order:read:own', 'order:read:any'] }
    expect((await owner.ask(`PATCH ${rolePath(owner, roleId)}`, fine)).status).toBe(200)
  })

  it('is walked over what there is to refuse', () => {
    expect(governing).toEqual(
      expect.arrayContaining(['invitation:create:any', 'membership:update:any', 'role:create:any']),
    )
  })
})

describe('nobody but an owner makes, changes or deletes a role:', () => {
  const attempts = async (asker: Member, roleId: string): Promise<readonly Answer[]> => [
    await asker.ask(`POST ${path(asker)}/roles`, { name: 'Mine', permissions: ['order:read:any'] }),
    await asker.ask(`PATCH ${rolePath(asker, roleId)}`, { permissions: ['order:read:any'] }),
    await asker.ask(`DELETE ${rolePath(asker, roleId)}`),
  ]

  it.each([
    // Who sees the roles is told that they may not; from others they are hidden.
    ['admin', ['forbidden', 'forbidden', 'forbidden'], 200],
    ['member', ['forbidden', 'not_found', 'not_found'], 403],
    ['viewer', ['forbidden', 'not_found', 'not_found'], 403],
  ])('no %s', async (role, codes, listed) => {
    const owner = await createOwner(world)
    const roleId = await makeRole(owner, ['order:read:own'])
    const asker = await createMember(world, owner.organizationId, role)
    const before = await takeSnapshot(world.sql)
    const answers = await attempts(asker, roleId)
    expect(answers.map(({ body }) => problemOf(body)?.code)).toEqual(codes)
    expect((await asker.ask(`GET ${path(owner)}/roles`)).status).toBe(listed)
    expect(await takeSnapshot(world.sql)).toBe(before)
    const done = await attempts(owner, roleId)
    expect(done.map(({ status }) => status)).toEqual([201, 200, 204])
  })
})

describe('a row that was tampered with to hold every permission', () => {
  const attacks: readonly [
    name: string,
    attack: (holder: Member, victim: Member) => Promise<Answer>,
    status: number,
  ][] = [
    ['raising oneself', (h) => h.ask(`PATCH ${memberPath(h, h)}`, { role: 'owner' }), 403],
    ['raising another', (h, v) => h.ask(`PATCH ${memberPath(h, v)}`, { role: 'owner' }), 403],
    ['removing another', (h, v) => h.ask(`DELETE ${memberPath(h, v)}`), 404],
    [
      'inviting',
      (h) => h.ask(`POST ${path(h)}/invitations`, { email: freshEmail(), role: 'viewer' }),
      403,
    ],
    ['reading invitations', (h) => h.ask(`GET ${path(h)}/invitations`), 403],
    ['making a role', (h) => h.ask(`POST ${path(h)}/roles`, { name: 'R', permissions: [] }), 403],
    ['renaming the organization', (h) => h.ask(`PATCH ${path(h)}`, { name: 'Taken' }), 403],
    ['deleting the organization', (h) => h.ask(`DELETE ${path(h)}`), 403],
    ['reading clients', (h) => h.ask('GET /admin/oauth-clients'), 403],
  ]

  it.each(attacks)('is not worth %s', async (_name, attack, status) => {
    const owner = await createOwner(world)
    const holder = await createMember(world, owner.organizationId, 'member')
    const victim = await createMember(world, owner.organizationId, 'viewer')
    const role = { organizationId: owner.organizationId, permissions }
    await giveRole(world, holder, await createRole(world, role))
    const before = await takeSnapshot(world.sql)
    const answer = await attack(holder, victim)
    expect(answer.status, answer.text).toBe(status)
    expect(await takeSnapshot(world.sql)).toBe(before)
    // The rest of the row is good.
    const orderId = await world.createOrder(owner)
    expect((await holder.ask(`PATCH /orders/${orderId}`, { status: 'paid' })).status).toBe(200)
  })
})

describe('a role of another organization looks like none', () => {
  const ways: readonly [name: string, way: (owner: Member, roleId: string) => Promise<Answer>][] = [
    ['to be given', (o, roleId) => o.ask(`PATCH ${memberPath(o, o)}`, { roleId })],
    [
      'to invite with',
      (o, roleId) => o.ask(`POST ${path(o)}/invitations`, { email: freshEmail(), roleId }),
    ],
    ['to be changed', (o, roleId) => o.ask(`PATCH ${rolePath(o, roleId)}`, { name: 'Taken' })],
    ['to be deleted', (o, roleId) => o.ask(`DELETE ${rolePath(o, roleId)}`)],
  ]

  it.each(ways)('%s', async (_name, way) => {
    const owner = await createOwner(world)
    await createMember(world, owner.organizationId, 'owner')
    const stranger = await createOwner(world)
    const foreign = await makeRole(stranger, ['order:read:any'])
    const before = await takeSnapshot(world.sql)
    const answer = await way(owner, foreign)
    expect(outcomeOf(answer), answer.text).toEqual([404, 'not_found'])
    const missing = await way(owner, nobodys)
    expect(withoutRequestId(answer.text)).toBe(withoutRequestId(missing.text))
    expect(await takeSnapshot(world.sql)).toBe(before)
    const own = await way(owner, await makeRole(owner, ['order:read:any']))
    expect(own.status, own.text).toBeLessThan(300)
  })

  it('under the path of another organization', async () => {
    const owner = await createOwner(world)
    const stranger = await createOwner(world)
    const foreign = await makeRole(stranger, [])
    for (const roleId of [foreign, await makeRole(owner, [])]) {
      const answer = await owner.ask(`PATCH ${rolePath(stranger, roleId)}`, { name: 'Taken' })
      expect(outcomeOf(answer)).toEqual([404, 'not_found'])
    }
    const made = await owner.ask(`POST ${path(stranger)}/roles`, { name: 'R', permissions: [] })
    expect(outcomeOf(made)).toEqual([404, 'not_found'])
    expect((await stranger.ask(`DELETE ${rolePath(stranger, foreign)}`)).status).toBe(204)
  })

  it('to the database too', async () => {
    const { owner, holder, roleId } = await createHolder(world, [])
    const foreign = await makeRole(await createOwner(world), [])
    const set = (change: string, ...values: readonly string[]) =>
      world.sql.run(`UPDATE memberships SET ${change} WHERE user_id = $1`, [holder.id, ...values])
    await expect(set('custom_role_id = $2', foreign)).rejects.toThrow('foreign key')
    await expect(set("role = 'admin'")).rejects.toThrow('memberships_custom_role_check')
    await expect(set('custom_role_id = NULL')).rejects.toThrow('memberships_custom_role_check')
    await set('custom_role_id = $2', await makeRole(owner, []))
    await set('custom_role_id = $2', roleId)
  })
})

describe('whoever gives a role', () => {
  it.each([
    ['none', {}],
    ['both', { role: 'viewer', roleId: nobodys }],
  ])('names exactly one, not %s', async (_what, choice) => {
    const owner = await createOwner(world)
    const member = await createMember(world, owner.organizationId, 'member')
    const answers = [
      await owner.ask(`PATCH ${memberPath(owner, member)}`, choice),
      await owner.ask(`POST ${path(owner)}/invitations`, { email: freshEmail(), ...choice }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(400)
      expect(problemOf(answer.body)?.errors).toEqual([
        {
          pointer: '/role',
          code: 'one_role',
          detail: 'Exactly one of role and roleId is given.',
        },
      ])
    }
  })

  it('does not name the role of all that are made', async () => {
    const { owner, holder, roleId } = await createHolder(world, [])
    for (const choice of [{ role: 'custom' }, { role: 'custom', roleId }]) {
      const answer = await owner.ask(`PATCH ${memberPath(owner, holder)}`, choice)
      expect(outcomeOf(answer)).toEqual([400, 'invalid_input'])
    }
  })

  it('does not take an owner down as an admin, nor the last owner at all', async () => {
    const { owner, roleId } = await createHolder(world, [])
    const admin = await createMember(world, owner.organizationId, 'admin')
    const take = (asker: Member) => asker.ask(`PATCH ${memberPath(asker, owner)}`, { roleId })
    expect(outcomeOf(await take(admin))).toEqual([403, 'forbidden'])
    expect(outcomeOf(await take(owner))).toEqual([409, 'conflict'])
    await createMember(world, owner.organizationId, 'owner')
    expect((await take(owner)).status).toBe(200)
  })

  it('is an admin at least, for the database too', async () => {
    const { owner, roleId } = await createHolder(world, ['order:delete:any'])
    const { organizationId } = owner
    const asker = await createMember(world, organizationId, 'member')
    const viewer = await createMember(world, organizationId, 'viewer')
    const { organizations, invitations } = api.services
    const given = { role: 'custom', roleId }
    for (const role of ['viewer', 'member', 'admin']) {
      await world.sql.run('UPDATE memberships SET role = $2 WHERE user_id = $1', [asker.id, role])
      const letIn = { userId: asker.id, organizationId, role }
      const outcomes = await Promise.allSettled([
        organizations.changeRole(letIn, { userId: viewer.id, ...given }),
        invitations.create(letIn, { email: freshEmail(), ...given }),
      ])
      const expected =
        role === 'admin'
          ? { status: 'fulfilled' }
          : { status: 'rejected', reason: { code: 'forbidden' } }
      expect(outcomes).toMatchObject([expected, expected])
    }
  })

  it.each([
    ['member', 400],
    ['viewer', 400],
    ['admin', 200],
  ])('and is a %s when the invitation is accepted: %i', async (role, status) => {
    const { owner, roleId } = await createHolder(world, ['order:delete:any'])
    const maker = await createMember(world, owner.organizationId, 'admin')
    const invited = await createMember(world, world.globex, 'member')
    const offer = { email: invited.email, roleId }
    expect((await maker.ask(`POST ${path(maker)}/invitations`, offer)).status).toBe(201)
    const token = tokenIn(await waitForMail(api, invited.email, /invited/))
    await world.sql.run('UPDATE memberships SET role = $2 WHERE user_id = $1', [maker.id, role])
    const answer = await invited.ask('POST /invitations/accept', { token })
    expect(answer.status, answer.text).toBe(status)
  })
})

it('an answer is not given again to a holder who may do other things by now', async () => {
  const { owner, holder, roleId } = await createHolder(world, ['order:create:own'])
  const create = () =>
    holder.ask(
      `POST /users/${holder.id}/orders`,
      { currency: 'EUR', totalCents: 1 },
      {
        headers: { 'idempotency-key': 'key-1' },
      },
    )
  const first = await create()
  const second = await create()
  expect([first.status, second.status, second.text]).toEqual([201, 201, first.text])
  const wider = { permissions: ['order:create:own', 'order:read:own'] }
  await owner.ask(`PATCH ${rolePath(owner, roleId)}`, wider)
  expect(outcomeOf(await create())).toEqual([422, 'idempotency_key_reused'])
  await owner.ask(`PATCH ${rolePath(owner, roleId)}`, { permissions: ['order:create:own'] })
  expect((await create()).text).toBe(first.text)
})
