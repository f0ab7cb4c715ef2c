import { withRowScope } from '@repo/database'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, type Person, scopeOf, type World } from '../test/create-world.ts'

let world: World
let alices: string
let bobs: string

beforeEach(async () => {
  world = await createWorld()
  ;[alices, bobs] = [await createRole(world.alice), await createRole(world.bob)]
})
afterEach(() => world.close())

async function createRole({ organizationId }: Person): Promise<string> {
  const [row] = await world.sql.run(
    `INSERT INTO custom_roles (id, organization_id, name, permissions)
     VALUES (gen_random_uuid(), $1, 'Role', '{order:read:own}') RETURNING id`,
    [organizationId],
  )
  return String(row?.['id'])
}

const data = { name: 'New', permissions: ['order:read:any'] }
const any = () => world.as(world.alice, 'any').customRole

test('roles are those of the tenant, for who reaches any', async () => {
  expect(await any().findMany()).toMatchObject([{ id: alices }])
  expect(await any().create({ data })).toMatchObject(data)
  await expect(any().update({ where: { id: bobs }, data })).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(any().delete({ where: { id: bobs } })).rejects.toMatchObject({ code: 'not_found' })
  const { organizationId } = world.bob
  await expect(any().create({ data: { ...data, organizationId } })).rejects.toMatchObject({
    code: 'not_found',
  })
  expect(await any().delete({ where: { id: alices } })).toMatchObject({ id: alices })
})

test('nobody has a role as their own: with that reach none is seen, changed or made', async () => {
  const { customRole } = world.as(world.alice, 'own')
  await world.sql.run(
    "UPDATE memberships SET role = 'custom', custom_role_id = $1 WHERE organization_id = $2 AND user_id = $3",
    [alices, world.alice.organizationId, world.alice.userId],
  )
  expect(await customRole.findMany()).toEqual([])
  expect(await customRole.updateMany({ data })).toEqual({ count: 0 })
  await expect(customRole.update({ where: { id: alices }, data })).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(customRole.create({ data })).rejects.toMatchObject({ code: 'forbidden' })
  expect(await any().count()).toBe(1)
})

test('row-level security alone shows and takes the roles of the tenant', async () => {
  const { customRole } = world.database.prisma
  const asAlice = <T>(task: () => Promise<T>) => withRowScope(world.alice, task)
  expect(await asAlice(() => customRole.findMany())).toMatchObject([{ id: alices }])
  const foreign = { ...data, organizationId: world.bob.organizationId }
  await expect(asAlice(() => customRole.create({ data: foreign }))).rejects.toThrow()
  const own = { ...data, organizationId: world.alice.organizationId }
  expect(await asAlice(() => customRole.create({ data: own }))).toMatchObject(own)
  expect(await asAlice(() => customRole.deleteMany())).toEqual({ count: 2 })
  expect(await world.sql.run('SELECT id FROM custom_roles')).toEqual([{ id: bobs }])
})

test('a role that somebody has is not deleted, by one or by many', async () => {
  const give = "UPDATE memberships SET role = 'custom', custom_role_id = $1 WHERE user_id = $2"
  await world.sql.run(give, [alices, world.alice.userId])
  const inUse = { code: 'conflict', detail: expect.stringContaining('has this role') }
  await expect(any().delete({ where: { id: alices } })).rejects.toMatchObject(inUse)
  await expect(any().deleteMany({ where: { id: alices } })).rejects.toMatchObject(inUse)
  const take = "UPDATE memberships SET role = 'viewer', custom_role_id = NULL WHERE user_id = $1"
  await world.sql.run(take, [world.alice.userId])
  expect(await any().deleteMany({ where: { id: alices } })).toEqual({ count: 1 })
})

test('a role is changed by who has seen its version, named by its resource', async () => {
  const seen = { resource: 'role', times: [new Date(0)] }
  const scope = { ...scopeOf(world.alice, () => 'any'), unchangedSince: seen }
  const late = world.scopedTo(scope).customRole.update({ where: { id: alices }, data })
  await expect(late).rejects.toMatchObject({ code: 'precondition_failed' })
  expect(await world.canRead('role', alices, scope)).toBe(true)
  expect(await world.canRead('role', bobs, scope)).toBe(false)
})
