import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../test/create-world.ts'
import type { ScopedDatabase } from './scoped-database.ts'

let world: World

// Row-level security is off: what holds here, the scoping layer holds alone.
beforeAll(async () => {
  world = await createWorld()
  for (const table of ['users', 'organizations', 'memberships', 'orders']) {
    await world.sql.run(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`)
  }
})
afterAll(() => world.close())

type People = { readonly [Name in 'alice' | 'adam' | 'bob' | 'carol']: Person }

/** Conditions on somebody's own people that only a row elsewhere could make true. */
const questions: Readonly<Record<string, (people: People) => object>> = {
  'some membership elsewhere': ({ bob }) => ({
    memberships: { some: { organizationId: bob.organizationId } },
  }),
  'not every membership here': ({ alice }) => ({
    NOT: { memberships: { every: { organizationId: alice.organizationId } } },
  }),
  'by way of AND and OR': ({ bob }) => ({
    OR: [{ AND: [{ memberships: { some: { orders: { some: { note: 'bob' } } } } }] }],
    id: bob.userId,
  }),
  'an organization elsewhere': () => ({
    memberships: { some: { organization: { is: { name: 'globex' } } } },
  }),
  'an organization elsewhere, in short': () => ({
    memberships: { some: { organization: { name: 'globex' } } },
  }),
  'an order elsewhere': ({ carol, bob }) => ({
    id: carol.userId,
    memberships: { some: { orders: { some: { organizationId: bob.organizationId } } } },
  }),
}

const idsOf = async (db: ScopedDatabase, where: object) =>
  (await db.user.findMany({ where, select: { id: true } })).map(({ id }) => id)

describe.each(Object.entries(questions))('a condition on %s', (_name, ask) => {
  test('finds nobody, though it is true of somebody', async () => {
    const where = ask(world)
    expect(await idsOf(world.as(world.alice, 'any'), where)).toEqual([])
    expect(await world.as(world.alice, 'any').user.count({ where })).toBe(0)
    // Prisma itself does find them, here as there.
    expect(await world.database.prisma.user.count({ where })).toBeGreaterThan(0)
  })
})

test('a condition on what one may see holds as before', async () => {
  const { alice, adam, carol } = world
  const colleagues = [alice.userId, adam.userId, carol.userId].toSorted()
  const find = async (where: object) => (await idsOf(world.as(alice, 'any'), where)).toSorted()
  const here = { organizationId: alice.organizationId }
  expect(await find({ memberships: { some: here } })).toEqual(colleagues)
  expect(await find({ memberships: { every: here } })).toEqual(colleagues)
  expect(await find({ memberships: { none: here } })).toEqual([])
  expect(await find({ memberships: { none: here, every: here } })).toEqual([])
  const ordered = { memberships: { some: { orders: { some: { note: 'adam' } } } } }
  expect(await find(ordered)).toEqual([adam.userId])
  expect(await find({ NOT: ordered })).toEqual(colleagues.filter((id) => id !== adam.userId))
})

test('a condition on one row means that one, and a row that cannot be seen is none', async () => {
  const orders = world.as(world.alice, 'any').order
  const named = (name: string) => ({ user: { is: { name } } })
  expect(await orders.count({ where: { membership: named('adam') } })).toBe(2)
  expect(await orders.count({ where: { membership: { isNot: named('adam') } } })).toBe(4)
  expect(await orders.count({ where: { membership: { is: named('bob') } } })).toBe(0)
})

test('who reaches their own rows asks about no colleague', async () => {
  const where = { membership: { user: { memberships: { some: { role: 'member' as const } } } } }
  expect(await world.as(world.alice, 'own').order.count({ where })).toBe(2)
  const about = {
    membership: { is: { organization: { memberships: { some: { userId: world.adam.userId } } } } },
  }
  expect(await world.as(world.alice, 'own').order.count({ where: about })).toBe(0)
  expect(await world.as(world.alice, 'any').order.count({ where: about })).toBe(6)
})

test('the condition of a change, and of a list that is followed, is no other', async () => {
  const where = { membership: { user: { name: 'bob' } } }
  const db = world.as(world.alice, 'any')
  expect(await db.order.updateMany({ where, data: { note: 'x' } })).toEqual({ count: 0 })
  const memberships = {
    where: { user: { memberships: { some: { organizationId: world.bob.organizationId } } } },
  }
  const found = await db.user.findMany({ include: { memberships } })
  expect(found.flatMap((user) => user.memberships)).toEqual([])
  expect(found).toHaveLength(3)
})

const revealing: Readonly<Record<string, (db: ScopedDatabase) => Promise<unknown>>> = {
  'at a cursor': (db) => db.order.findMany({ cursor: { id: 1 } }),
  'counted of others': (db) => db.user.findMany({ orderBy: { memberships: { _count: 'asc' } } }),
  closed: (db) =>
    db.order.findMany({ orderBy: { membership: { user: { password: { hash: 'asc' } } } } }),
  'at a cursor, inside a list': (db) =>
    db.membership.findMany({ include: { orders: { cursor: { id: 1 } } } }),
}

test.each(Object.entries(revealing))(
  'an order is refused that goes by what is %s',
  async (_name, ask) => {
    await expect(ask(world.as(world.alice, 'any'))).rejects.toMatchObject({
      cause: {
        message: expect.stringMatching(/not by a cursor|cannot be counted|closed to ctx\.db/),
      },
    })
  },
)

test('only who reaches the whole tenant may order by a relation', async () => {
  const args = { orderBy: { membership: { createdAt: 'asc' as const } } }
  await expect(world.as(world.alice, 'own').order.findMany(args)).rejects.toMatchObject({
    code: 'forbidden',
  })
  expect(await world.as(world.alice, 'any').order.findMany(args)).toHaveLength(6)
})
