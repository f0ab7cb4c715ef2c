import { type Database, withRowScope } from '@repo/database'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, scopeOf, type World } from '../test/create-world.ts'
import type { ScopedDatabase } from './scoped-database.ts'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

/** The part of a model's methods that the probes call, scoped or not. */
type Way = Pick<Database['prisma'], 'order' | 'user' | 'membership' | 'organization'>

const scope = () => scopeOf(world.alice, () => 'any')

/** One call of Alice's with her row scope, with the scoping layer or without it. */
type Call = <T>(task: (db: Way) => Promise<T>) => Promise<T>
// Parse boundary: the scoped client takes a part of what Prisma's takes, and the probes stay in it.
const scoped: Call = (task) => task(world.scopedTo(scope()) as ScopedDatabase & Way)
const unscoped: Call = (task) => withRowScope(scope(), () => task(world.database.prisma))

async function turnRowSecurityOff(): Promise<void> {
  for (const table of ['users', 'organizations', 'memberships', 'orders']) {
    await world.sql.run(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`)
  }
}

/** How many of Bob's rows each probe reaches; a refusal counts as none. */
async function probe(call: Call): Promise<Record<string, number>> {
  const { userId, organizationId, orderIds } = world.bob
  const [first = 0, second = 0] = orderIds
  const data = { organizationId, userId, currency: 'EUR', totalCents: 1 }
  const probes: Readonly<Record<string, (db: Way) => Promise<number>>> = {
    findFirst: async (db) => ((await db.order.findFirst({ where: { id: first } })) ? 1 : 0),
    findUnique: async (db) => ((await db.order.findUnique({ where: { id: first } })) ? 1 : 0),
    findMany: async (db) => (await db.order.findMany({ where: { organizationId } })).length,
    or: (db) => db.order.count({ where: { OR: [{ userId }, { id: first }] } }),
    aggregate: async (db) =>
      (await db.order.aggregate({ where: { userId }, _count: { id: true } }))._count.id,
    groupBy: async (db) => (await db.order.groupBy({ by: ['userId'], where: { userId } })).length,
    people: (db) => db.user.count({ where: { id: userId } }),
    memberships: (db) => db.membership.count({ where: { organizationId } }),
    organizations: (db) => db.organization.count({ where: { id: organizationId } }),
    nested: async (db) =>
      (await db.user.findMany({ include: { memberships: { include: { orders: true } } } }))
        .flatMap((user) => user.memberships.flatMap((membership) => membership.orders))
        .filter((order) => order.organizationId === organizationId).length,
    create: async (db) => ((await db.order.create({ data })) ? 1 : 0),
    createMany: async (db) => (await db.order.createMany({ data: [data] })).count,
    move: async (db) =>
      (
        await db.order.updateMany({
          where: { id: world.alice.orderIds[0] ?? 0 },
          data: { organizationId, userId },
        })
      ).count,
    update: async (db) =>
      (await db.order.update({ where: { id: first }, data: { note: 'stolen' } })) ? 1 : 0,
    updateMany: async (db) =>
      (await db.order.updateMany({ where: { userId }, data: { note: 'stolen' } })).count,
    delete: async (db) => ((await db.order.delete({ where: { id: first } })) ? 1 : 0),
    deleteMany: async (db) => (await db.order.deleteMany({ where: { id: second } })).count,
  }
  const reached: Record<string, number> = {}
  for (const [name, run] of Object.entries(probes)) {
    reached[name] = await call(run).catch(() => 0)
  }
  return reached
}

const bobsRows = () =>
  world.sql.run('SELECT id, note FROM orders WHERE organization_id = $1 ORDER BY id', [
    world.bob.organizationId,
  ])

async function expectClosed(call: Call): Promise<void> {
  const before = await bobsRows()
  const reached = await probe(call)
  expect(Object.entries(reached).filter(([, rows]) => rows > 0)).toEqual([])
  expect(await bobsRows()).toEqual(before)
  // The same way still reaches what is Alice's own.
  expect(await call((db) => db.order.count())).toBe(6)
  const where = { userId: world.alice.userId }
  expect(await call((db) => db.order.deleteMany({ where }))).toEqual({ count: 2 })
}

test('with both locks no row of another organization is reached', () => expectClosed(scoped))

test('without the scoping layer row-level security holds', () => expectClosed(unscoped))

test('without row-level security the scoping layer holds', async () => {
  await turnRowSecurityOff()
  await expectClosed(scoped)
})

test('without both locks every probe reaches a row, so that it can tell', async () => {
  await turnRowSecurityOff()
  const reached = await probe(unscoped)
  expect(Object.entries(reached).filter(([, rows]) => rows === 0)).toEqual([])
})

test('without an organization each lock alone shows no order, whatever the reach', async () => {
  const nowhere = { ...scope(), organizationId: null }
  const raw = () => withRowScope(nowhere, () => world.database.prisma.order.count())
  expect(await raw()).toBe(0)
  await turnRowSecurityOff()
  const db = world.scopedTo(nowhere)
  expect([await db.order.count(), await db.membership.count(), await db.user.count()]).toEqual([
    0, 0, 0,
  ])
  expect(await raw()).toBe(10)
})
