import { openSql } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { World } from '../support/create-world.ts'
import { createHolder, makeRole } from '../support/custom-roles.ts'
import { tokenIn, waitForMail } from '../support/mails.ts'
import { createMember, createOwner, type Member, outcomeOf } from '../support/organizations.ts'
import { endSlowness, slowDown } from '../support/slow-down.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const path = ({ organizationId }: Member) => `/organizations/${organizationId}` as const
const rolePath = (member: Member, roleId: string) => `${path(member)}/roles/${roleId}` as const
const create = (owner: Member) =>
  owner.ask(`POST ${path(owner)}/roles`, { name: crypto.randomUUID(), permissions: [] })

async function countRoles({ organizationId }: Member): Promise<number> {
  const text = 'SELECT FROM custom_roles WHERE organization_id = $1'
  return (await world.sql.run(text, [organizationId])).length
}

describe('of the roles of an organization', () => {
  const fill = ({ organizationId }: Member, count: number) =>
    world.sql.run(
      `INSERT INTO custom_roles (id, organization_id, name, permissions)
       SELECT gen_random_uuid(), $1, n::text, '{}' FROM generate_series(1, $2::int) n`,
      [organizationId, count],
    )
  const change = 'INSERT ON custom_roles'
  // Each has counted, if nothing holds it up, before another is committed.
  beforeAll(() => slowDown(world.sql, change, 'AFTER'))
  afterAll(() => endSlowness(world.sql, change))

  it('20 that are made at once fill it up to 50, and not to 51', async () => {
    const owner = await createOwner(world)
    const other = await createOwner(world)
    await fill(owner, 45)
    await fill(other, 48)
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(owner)))
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([...Array(5).fill(201), ...Array(15).fill(409)])
    expect(await countRoles(owner)).toBe(50)
    const refused = answers.find(({ status }) => status === 409)
    const detail = 'An organization has at most 50 roles of its own.'
    expect(refused?.body).toMatchObject({ code: 'conflict', detail })
    // Each organization counts its own.
    expect((await create(other)).status).toBe(201)
  })

  it('one that is deleted makes room for another', async () => {
    const owner = await createOwner(world)
    const roleId = await makeRole(owner, [])
    await fill(owner, 49)
    expect(outcomeOf(await create(owner))).toEqual([409, 'conflict'])
    expect((await owner.ask(`DELETE ${rolePath(owner, roleId)}`)).status).toBe(204)
    expect((await create(owner)).status).toBe(201)
  })
})

describe('a deletion at once with', () => {
  const changes = ['UPDATE ON memberships', 'DELETE ON custom_roles', 'INSERT ON invitations']
  beforeAll(async () => {
    for (const change of changes) await slowDown(world.sql, change)
  })
  afterAll(async () => {
    for (const change of changes) await endSlowness(world.sql, change)
  })

  /** That the role is there exactly where somebody has it, or is invited with it. */
  async function expectOneOutcome(roleId: string, statuses: readonly number[], given: number) {
    const won = [given, 409].join()
    expect([won, '404,204']).toContain(statuses.join())
    const [row] = await world.sql.run(
      `SELECT (SELECT count(*)::int FROM custom_roles WHERE id = $1) AS roles,
              (SELECT count(*)::int FROM memberships WHERE custom_role_id = $1) +
              (SELECT count(*)::int FROM invitations WHERE custom_role_id = $1) AS holders`,
      [roleId],
    )
    const count = statuses.join() === won ? 1 : 0
    expect(row).toEqual({ roles: count, holders: count })
  }

  it.each([
    ['an assignment', 200],
    ['an invitation', 201],
  ])('%s has one outcome', async (what, given) => {
    for (let round = 0; round < 4; round += 1) {
      const owner = await createOwner(world)
      const admin = await createMember(world, owner.organizationId, 'admin')
      const member = await createMember(world, owner.organizationId, 'member')
      const roleId = await makeRole(owner, [])
      const email = `${crypto.randomUUID()}@invited.test`
      const give = () =>
        what === 'an invitation'
          ? admin.ask(`POST ${path(admin)}/invitations`, { email, roleId })
          : admin.ask(`PATCH ${path(admin)}/members/${member.id}`, { roleId })
      const remove = () => owner.ask(`DELETE ${rolePath(owner, roleId)}`)
      const [first, second] = round % 2 === 0 ? [give, remove] : [remove, give]
      const [one, other] = await Promise.all([first(), second()])
      const answers = round % 2 === 0 ? [one, other] : [other, one]
      const statuses = answers.map(({ status }) => status)
      await expectOneOutcome(roleId, statuses, given)
    }
  })

  it('an acceptance leaves the role to who was invited', async () => {
    const owner = await createOwner(world)
    const roleId = await makeRole(owner, [])
    const invited = await createMember(world, world.globex, 'member')
    await owner.ask(`POST ${path(owner)}/invitations`, { email: invited.email, roleId })
    const token = tokenIn(await waitForMail(api, invited.email, /invited/))
    const [accepted, deleted] = await Promise.all([
      invited.ask('POST /invitations/accept', { token }),
      owner.ask(`DELETE ${rolePath(owner, roleId)}`),
    ])
    await expectOneOutcome(roleId, [accepted.status, deleted.status], 200)
  })
})

it('a request ends as it was let in, and the next is refused, when the role is narrowed meanwhile', async () => {
  const { owner, holder, roleId } = await createHolder(world, ['order:create:own'])
  const order = () =>
    holder.ask(`POST /users/${holder.id}/orders`, { currency: 'EUR', totalCents: 1 })
  const holding = openSql(api.database.ownerUrl)
  await holding.run('BEGIN')
  await holding.run('LOCK TABLE orders IN EXCLUSIVE MODE')
  const underWay = order()
  const isWaiting = `SELECT FROM pg_locks WHERE relation = 'orders'::regclass AND NOT granted`
  await vi.waitFor(async () => expect(await world.sql.run(isWaiting)).toHaveLength(1))
  const narrowed = await owner.ask(`PATCH ${rolePath(owner, roleId)}`, { permissions: [] })
  expect(narrowed.status).toBe(200)
  expect(outcomeOf(await order())).toEqual([403, 'forbidden'])
  await holding.run('COMMIT')
  await holding.close()
  expect((await underWay).status).toBe(201)
  expect(outcomeOf(await order())).toEqual([403, 'forbidden'])
  await owner.ask(`PATCH ${rolePath(owner, roleId)}`, { permissions: ['order:create:own'] })
  expect((await order()).status).toBe(201)
})
