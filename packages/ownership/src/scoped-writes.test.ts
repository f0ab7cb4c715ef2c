import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, ordersEach, type Person, scopeOf, type World } from '../test/create-world.ts'
import type { ScopedDatabase } from './scoped-database.ts'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const idOf = (person: Person) => person.orderIds[0] ?? 0
const order = { currency: 'EUR', totalCents: 1 }
const changed = { totalCents: 999 }

/** How many orders of a person have been changed or deleted, as the owner sees them. */
async function touched({ userId, organizationId }: Person): Promise<number> {
  const text = `SELECT FROM orders WHERE user_id = $1 AND organization_id = $2 AND total_cents = 100`
  return ordersEach - (await world.sql.run(text, [userId, organizationId])).length
}

const single: Readonly<Record<string, (db: ScopedDatabase, id: number) => Promise<unknown>>> = {
  update: (db, id) => db.order.update({ where: { id }, data: changed }),
  delete: (db, id) => db.order.delete({ where: { id } }),
}

describe.each(Object.entries(single))('%s', (_method, write) => {
  test('changes an order within reach', async () => {
    await write(world.as(world.alice, 'own'), idOf(world.alice))
    expect(await touched(world.alice)).toBe(1)
    await write(world.as(world.alice, 'any'), idOf(world.adam))
    expect(await touched(world.adam)).toBe(1)
  })

  test('does not find what cannot be read', async () => {
    const own = write(world.as(world.alice, 'own'), idOf(world.adam))
    await expect(own).rejects.toMatchObject({ code: 'not_found' })
    const foreign = write(world.as(world.alice, 'any'), idOf(world.bob))
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' })
    expect([await touched(world.adam), await touched(world.bob)]).toEqual([0, 0])
  })

  test('is forbidden where the order can be read but not changed', async () => {
    const reader = scopeOf(world.alice, (_, operation) => (operation === 'read' ? 'any' : 'own'))
    const refused = write(world.scopedTo(reader), idOf(world.adam))
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    expect(await touched(world.adam)).toBe(0)
    await write(world.scopedTo(reader), idOf(world.alice))
    expect(await touched(world.alice)).toBe(1)
  })

  test('is forbidden without a reach', async () => {
    const refused = write(world.as(world.alice, null), idOf(world.alice))
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    expect(await touched(world.alice)).toBe(0)
  })
})

const many: Readonly<Record<string, (db: ScopedDatabase) => Promise<unknown>>> = {
  updateMany: (db) => db.order.updateMany({ data: changed }),
  updateManyAndReturn: (db) => db.order.updateManyAndReturn({ data: changed }),
  deleteMany: (db) => db.order.deleteMany(),
}

test.each(Object.entries(many))('%s reaches as far as it may', async (_method, write) => {
  const all = async () => [
    await touched(world.alice),
    await touched(world.adam),
    await touched(world.bob),
  ]
  await expect(write(world.as(world.alice, null))).rejects.toMatchObject({ code: 'forbidden' })
  expect(await all()).toEqual([0, 0, 0])
  await write(world.as(world.alice, 'own'))
  expect(await all()).toEqual([ordersEach, 0, 0])
  await write(world.as(world.alice, 'any'))
  expect(await all()).toEqual([ordersEach, ordersEach, 0])
})

test('a new order is the caller’s, in the caller’s organization', async () => {
  const { organizationId, userId } = world.alice
  const db = world.as(world.alice, 'own')
  expect(await db.order.create({ data: order })).toMatchObject({ organizationId, userId })
  expect(await db.order.createMany({ data: [order, order] })).toEqual({ count: 2 })
  expect(await db.order.count()).toBe(ordersEach + 3)
  await expect(world.as(world.alice, null).order.create({ data: order })).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('an order for a colleague needs reach any; for a stranger none is enough', async () => {
  const create = (person: Person, userId: string) =>
    world.as(person, person === world.alice ? 'any' : 'own').order.create({
      data: { ...order, userId },
    })
  expect(await create(world.alice, world.adam.userId)).toMatchObject({ userId: world.adam.userId })
  const notFound = { code: 'not_found' }
  await expect(create(world.adam, world.alice.userId)).rejects.toMatchObject(notFound)
  await expect(create(world.alice, world.bob.userId)).rejects.toMatchObject(notFound)
})

test('a transaction is one scope, and is undone when its task throws', async () => {
  const db = world.as(world.alice, 'own')
  const write = (fails: boolean) =>
    db.transaction(async (inside) => {
      await inside.order.updateMany({ data: changed })
      if (fails) throw new Error('changed my mind')
      return inside.order.count()
    })
  await expect(write(true)).rejects.toThrow('changed my mind')
  expect(await touched(world.alice)).toBe(0)
  expect(await write(false)).toBe(ordersEach)
  expect([await touched(world.alice), await touched(world.adam)]).toEqual([ordersEach, 0])
})
