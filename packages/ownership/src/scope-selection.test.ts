import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, ordersEach, scopeOf, type World } from '../test/create-world.ts'
import type { ScopedDatabase } from './scoped-database.ts'

let world: World

// Carol has orders in both organizations: the way from a colleague to foreign rows.
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const orders = { orders: { select: { note: true, organizationId: true } } }

test.each<[string, (db: ScopedDatabase) => Promise<readonly { organizationId: string }[]>]>([
  [
    'include',
    async (db) =>
      (await db.user.findMany({ include: { memberships: true } })).flatMap(
        (user) => user.memberships,
      ),
  ],
  [
    'an include in an include',
    async (db) =>
      (await db.user.findMany({ include: { memberships: { include: orders } } })).flatMap((user) =>
        user.memberships.flatMap((membership) => membership.orders),
      ),
  ],
  [
    'a select in a select',
    async (db) =>
      (await db.user.findMany({ select: { memberships: { select: orders } } })).flatMap((user) =>
        user.memberships.flatMap((membership) => membership.orders),
      ),
  ],
  [
    'a list with a condition of its own',
    async (db) => {
      const where = { OR: [{ note: 'carol' }, { id: { gt: 0 } }] }
      const found = await db.membership.findMany({ include: { orders: { where } } })
      return found.flatMap((membership) => membership.orders)
    },
  ],
  [
    'a list behind a single relation',
    async (db) => {
      const select = { membership: { select: { user: { select: { memberships: true } } } } }
      const found = await db.order.findMany({ select })
      return found.flatMap((order) => order.membership.user.memberships)
    },
  ],
])('%s never leads into another organization', async (_name, read) => {
  const rows = await read(world.as(world.alice, 'any'))
  expect(rows.length).toBeGreaterThan(1)
  expect(new Set(rows.map(({ organizationId }) => organizationId))).toEqual(
    new Set([world.alice.organizationId]),
  )
})

test('a list of a relation has the rows within reach alone', async () => {
  const scope = scopeOf(world.alice, (resource) => (resource === 'order' ? 'own' : 'any'))
  const found = await world.scopedTo(scope).membership.findMany({ include: { orders: true } })
  expect(found).toHaveLength(3)
  const notes = found.flatMap((membership) => membership.orders.map(({ note }) => note))
  expect(notes).toEqual(Array(ordersEach).fill('alice'))
})

test('a single relation needs reach any, since Prisma takes no condition on it', async () => {
  const read = (reach: 'own' | 'any') =>
    world.as(world.alice, reach).order.findMany({ include: { membership: true } })
  await expect(read('own')).rejects.toMatchObject({ code: 'forbidden' })
  expect(await read('any')).toHaveLength(3 * ordersEach)
})

test('a relation of a resource without a reach is forbidden', async () => {
  const scope = (orderReach: 'any' | null) =>
    scopeOf(world.alice, (resource) => (resource === 'order' ? orderReach : 'any'))
  const read = (reach: 'any' | null) =>
    world.scopedTo(scope(reach)).membership.findMany({ include: { orders: true } })
  await expect(read(null)).rejects.toMatchObject({ code: 'forbidden' })
  expect(await read('any')).toHaveLength(3)
})

test.each(['password', 'sessions'])('%s, a closed model, is not selected', async (relation) => {
  const read = (asked: object) =>
    Reflect.get(world.as(world.alice, 'any').user, 'findMany')(asked as never)
  const closed = { cause: { message: expect.stringContaining('is closed to ctx.db') } }
  await expect(read({ include: { [relation]: true } })).rejects.toMatchObject(closed)
  await expect(read({ select: { [relation]: true } })).rejects.toMatchObject(closed)
  await expect(read({ include: { [relation]: false } })).resolves.toHaveLength(3)
})

test('a relation is not counted past its reach', async () => {
  const counted = world.as(world.alice, 'any').user.findMany({
    select: { _count: { select: { memberships: true } } },
  })
  const refused = { cause: { message: expect.stringContaining('count a relation') } }
  await expect(counted).rejects.toMatchObject(refused)
  await expect(world.as(world.alice, 'any').membership.count()).resolves.toBe(3)
})

test('what a write returns is selected by the same rules', async () => {
  const id = world.alice.orderIds[0] ?? 0
  const write = (reach: 'own' | 'any') =>
    world.as(world.alice, reach).order.update({
      where: { id },
      data: { note: 'alice' },
      include: { membership: true },
    })
  await expect(write('own')).rejects.toMatchObject({ code: 'forbidden' })
  expect(await write('any')).toMatchObject({ membership: { userId: world.alice.userId } })
})
