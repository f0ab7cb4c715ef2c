import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { World } from '../support/create-world.ts'
import {
  createMember,
  createOwner,
  type Member,
  outcomeOf,
  rolesIn,
} from '../support/organizations.ts'
import type { Answer } from '../support/request.ts'
import { endSlowness, slowDown } from '../support/slow-down.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

type Way = (member: Member, other?: Member) => Promise<Answer>

const path = ({ organizationId }: Member) => `/organizations/${organizationId}` as const
const leave: Way = (member) => member.ask(`POST ${path(member)}/leave`)
const remove: Way = (member, other = member) =>
  member.ask(`DELETE ${path(member)}/members/${other.id}`)
const demote: Way = (member, other = member) =>
  member.ask(`PATCH ${path(member)}/members/${other.id}`, { role: 'member' })
const deleteAccount: Way = (member) => member.ask('DELETE /account')

const ways: readonly [name: string, way: Way][] = [
  ['leaving', leave],
  ['removing oneself', remove],
  ['giving the role up', demote],
]

describe('the only owner', () => {
  it.each(ways)('does not go by %s, until there is another', async (_name, way) => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const admin = await createMember(world, organizationId, 'admin')
    expect(outcomeOf(await way(owner))).toEqual([409, 'conflict'])
    expect(await rolesIn(world, organizationId)).toEqual(['admin', 'owner'])
    const promotion = { role: 'owner' }
    const route = `PATCH ${path(owner)}/members/${admin.id}` as const
    expect((await owner.ask(route, promotion)).body).toMatchObject(promotion)
    expect((await way(owner)).status).toBeLessThan(300)
    expect(await rolesIn(world, organizationId)).toContain('owner')
    // Who was promoted is the last one now.
    expect(outcomeOf(await way(admin))).toEqual([409, 'conflict'])
  })

  it.each(ways)('does not go by %s beside one who cannot log in', async (_name, way) => {
    const owner = await createOwner(world)
    const other = await createMember(world, owner.organizationId, 'owner')
    const set = (value: string) =>
      world.sql.run(`UPDATE users SET disabled_at = ${value} WHERE id = $1`, [other.id])
    await set('now()')
    expect(outcomeOf(await way(owner))).toEqual([409, 'conflict'])
    await set('NULL')
    expect((await way(owner)).status).toBeLessThan(300)
  })

  it.each(ways)('does not go by %s beside a service', async (_name, way) => {
    const owner = await createOwner(world)
    const { id } = await api.clients.create({
      ...{ kind: 'service', name: 'Service', redirectUris: [], scopes: ['order:read:own'] },
      ...{ firstParty: false, organizationId: owner.organizationId },
    })
    await world.sql.run("UPDATE memberships SET role = 'owner' WHERE user_id = $1", [id])
    expect(outcomeOf(await way(owner))).toEqual([409, 'conflict'])
  })
})

const races: readonly [name: string, first: Way, second: Way][] = [
  ['both leave', leave, leave],
  ['both give the role up', demote, demote],
  ['both remove themselves', remove, remove],
  ['one leaves and one gives the role up', leave, demote],
  ['one leaves and one deletes their account', leave, deleteAccount],
  ['each removes the other', remove, remove],
  ['each demotes the other', demote, demote],
]

describe('of two owners', () => {
  const change = 'UPDATE ON memberships'
  // The second has looked, if nothing holds it up, before the first is done.
  beforeAll(() => slowDown(world.sql, change))
  afterAll(() => endSlowness(world.sql, change))

  it.each(races)('who at once: %s, one stays', async (name, first, second) => {
    for (let round = 0; round < 2; round += 1) {
      const one = await createOwner(world)
      const { organizationId } = one
      const other = await createMember(world, organizationId, 'owner')
      await createMember(world, organizationId, 'member')
      const [target, counter] = name.startsWith('each') ? [other, one] : []
      const answers = await Promise.all([first(one, target), second(other, counter)])
      const done = answers.filter(({ status }) => status < 300)
      expect(done, answers.map(({ text }) => text).join()).toHaveLength(1)
      const refused = answers.find((answer) => !done.includes(answer))
      expect([403, 409]).toContain(refused?.status)
      const roles = await rolesIn(world, organizationId)
      expect(roles.filter((role) => role === 'owner')).toHaveLength(1)
    }
  })
})

it('of five owners who leave at once one stays', async () => {
  const owner = await createOwner(world)
  const others = await Promise.all(
    Array.from({ length: 4 }, () => createMember(world, owner.organizationId, 'owner')),
  )
  const answers = await Promise.all([owner, ...others].map((member) => leave(member)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 204, 204, 204, 409])
  expect(await rolesIn(world, owner.organizationId)).toEqual(['owner'])
})

describe('a role that was changed after the door let its holder in', () => {
  it.each([
    ['a change of role', (asker: Asker, userId: string) => changeRole(asker, userId)],
    ['a removal', (asker: Asker, userId: string) => organizations().removeMember(asker, userId)],
    ['an invitation', (asker: Asker) => invite(asker)],
    ['a deletion', (asker: Asker) => organizations().delete(asker, null)],
  ])('is worth nothing for %s', async (_what, act) => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const asker = await createMember(world, organizationId, 'owner')
    const member = await createMember(world, organizationId, 'member')
    const setRole = (role: string) =>
      world.sql.run('UPDATE memberships SET role = $2 WHERE user_id = $1', [asker.id, role])
    const letIn = { userId: asker.id, organizationId, role: 'owner' }
    for (const role of ['viewer', 'member', 'admin']) {
      await setRole(role)
      await expect(act(letIn, member.id)).rejects.toMatchObject({ code: 'forbidden' })
    }
    expect(await rolesIn(world, organizationId)).toEqual(['admin', 'member', 'owner'])
    await setRole('owner')
    await act(letIn, member.id)
  })
})

type Asker = Parameters<TestApi['services']['organizations']['removeMember']>[0]
const organizations = () => api.services.organizations
const changeRole = (asker: Asker, userId: string) =>
  organizations().changeRole(asker, { userId, role: 'viewer', roleId: null })
const invite = (asker: Asker) =>
  api.services.invitations.create(asker, {
    email: `${asker.userId}@late.test`,
    role: 'member',
    roleId: null,
  })
