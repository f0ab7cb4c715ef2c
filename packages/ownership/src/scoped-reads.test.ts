import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, ordersEach, type Person, type World } from '../test/create-world.ts'
import type { ScopedDatabase } from './scoped-database.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const idOf = (person: Person) => person.orderIds[0] ?? 0

/** Each way of asking for one order, telling the note of the one that was found. */
const one: Readonly<Record<string, (db: ScopedDatabase, id: number) => Promise<string | null>>> = {
  findFirst: async (db, id) => (await db.order.findFirst({ where: { id } }))?.note ?? null,
  findUnique: async (db, id) => (await db.order.findUnique({ where: { id } }))?.note ?? null,
  findMany: async (db, id) => (await db.order.findMany({ where: { id } }))[0]?.note ?? null,
  findUniqueOrThrow: async (db, id) => (await db.order.findUniqueOrThrow({ where: { id } })).note,
  findFirstOrThrow: async (db, id) => (await db.order.findFirstOrThrow({ where: { id } })).note,
}

const nothing = async (found: Promise<string | null>) => {
  const result = await found.catch((error: unknown) => error)
  if (result !== null) expect(result).toMatchObject({ name: 'AppError', code: 'not_found' })
}

describe.each(Object.entries(one))('%s', (_method, find) => {
  test('finds an order of one’s own, and with reach own no colleague’s', async () => {
    const db = world.as(world.alice, 'own')
    expect(await find(db, idOf(world.alice))).toBe('alice')
    await nothing(find(db, idOf(world.adam)))
    await nothing(find(db, idOf(world.bob)))
  })

  test('finds a colleague’s order with reach any, and never another organization’s', async () => {
    const db = world.as(world.alice, 'any')
    expect(await find(db, idOf(world.adam))).toBe('adam')
    await nothing(find(db, idOf(world.bob)))
  })

  test('is forbidden without a reach', async () => {
    const found = find(world.as(world.alice, null), idOf(world.alice))
    await expect(found).rejects.toMatchObject({ code: 'forbidden' })
  })
})

/** Each way of asking about many orders, telling whose notes it met or how many rows. */
const many: Readonly<Record<string, (db: ScopedDatabase) => Promise<number>>> = {
  findMany: async (db) => (await db.order.findMany()).length,
  'findMany of chosen columns': async (db) =>
    (await db.order.findMany({ select: { note: true } })).length,
  count: (db) => db.order.count(),
  aggregate: async (db) =>
    ((await db.order.aggregate({ _sum: { totalCents: true } }))._sum.totalCents ?? 0) / 100,
  groupBy: async (db) => {
    const groups = await db.order.groupBy({ by: ['note'], _count: true })
    return groups.reduce((sum, { _count }) => sum + _count, 0)
  },
}

test.each(Object.entries(many))('%s meets the rows within reach alone', async (_method, count) => {
  expect(await count(world.as(world.alice, 'own'))).toBe(ordersEach)
  expect(await count(world.as(world.alice, 'any'))).toBe(3 * ordersEach)
  expect(await count(world.as(world.bob, 'any'))).toBe(2 * ordersEach)
  await expect(count(world.as(world.alice, null))).rejects.toMatchObject({ code: 'forbidden' })
})

test('a compound key finds a membership within reach alone', async () => {
  const find = (person: Person) => {
    const { organizationId, userId } = person
    const where = { organizationId_userId: { organizationId, userId } }
    return world.as(world.alice, 'own').membership.findUnique({ where })
  }
  expect(await find(world.alice)).toMatchObject({ userId: world.alice.userId })
  expect(await find(world.adam)).toBeNull()
  expect(await find(world.bob)).toBeNull()
})

test('people are oneself, or those who are members now', async () => {
  const names = async (db: ScopedDatabase) =>
    (await db.user.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name)
  expect(await names(world.as(world.alice, 'own'))).toEqual(['alice'])
  expect(await names(world.as(world.alice, 'any'))).toEqual(['adam', 'alice', 'carol'])
  const { organizationId, userId } = world.adam
  const leave = `UPDATE memberships SET removed_at = $3 WHERE organization_id = $1 AND user_id = $2`
  await world.sql.run(leave, [organizationId, userId, new Date()])
  expect(await names(world.as(world.alice, 'any'))).toEqual(['alice', 'carol'])
  expect(await world.as(world.alice, 'any').membership.count()).toBe(2)
  await world.sql.run(leave, [organizationId, userId, null])
  expect(await names(world.as(world.alice, 'any'))).toHaveLength(3)
})

test('own organizations are those one is a member of, and any is the one that one acts in', async () => {
  const names = async (person: Person, reach: 'own' | 'any') =>
    (await world.as(person, reach).organization.findMany({ orderBy: { name: 'asc' } })).map(
      ({ name }) => name,
    )
  expect(await names(world.alice, 'own')).toEqual(['acme'])
  expect(await names(world.carol, 'own')).toEqual(['acme', 'globex'])
  expect(await names(world.carol, 'any')).toEqual(['acme'])
})

test('without an organization nothing of one is within reach', async () => {
  const db = world.scopedTo({
    userId: world.alice.userId,
    organizationId: null,
    reach: (resource) => (resource === 'organization' ? 'own' : 'any'),
  })
  expect(await db.order.count()).toBe(0)
  expect(await db.membership.count()).toBe(0)
  expect(await db.organization.count()).toBe(1)
})
