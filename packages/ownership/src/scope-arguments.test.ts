import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, ordersEach, type World } from '../test/create-world.ts'
import type { ScopedDatabase } from './scoped-database.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const order = { currency: 'EUR', totalCents: 1 }

/** Calls a method as a handler without types could. */
function call(db: ScopedDatabase, path: string, args?: unknown): unknown {
  const [model = '', method = ''] = path.split('.')
  return Reflect.get(Reflect.get(db, model), method)(args)
}

/** A mistake of the handler's own, which its caller sees as an internal error. */
const becauseOf = (text: string) => ({
  code: 'internal',
  cause: { message: expect.stringContaining(text) },
})

test('a condition of the caller’s only takes rows away', async () => {
  const db = world.as(world.alice, 'own')
  const { bob, alice, adam } = world
  const count = (where: object) => call(db, 'order.count', { where })
  expect(await count({})).toBe(ordersEach)
  expect(await count({ organizationId: alice.organizationId })).toBe(ordersEach)
  expect(await count({ organizationId: bob.organizationId })).toBe(0)
  expect(await count({ userId: adam.userId })).toBe(0)
  expect(await count({ OR: [{ userId: adam.userId }, { id: { gt: 0 } }] })).toBe(ordersEach)
  expect(await count({ OR: [{ id: { gt: 0 } }, { NOT: { id: 0 } }] })).toBe(ordersEach)
  expect(await count({ OR: [] })).toBe(0)
  expect(await count({ NOT: { userId: alice.userId } })).toBe(0)
  expect(await count({ AND: [{ userId: adam.userId }] })).toBe(0)
  expect(await count({ AND: { totalCents: 100 } })).toBe(ordersEach)
})

describe('a spoofed owner', () => {
  test.each(['organizationId', 'userId'] as const)('%s is refused in a new row', async (column) => {
    const create = (value: string) =>
      call(world.as(world.alice, 'own'), 'order.create', { data: { ...order, [column]: value } })
    await expect(create(world.bob[column])).rejects.toMatchObject({ code: 'not_found' })
    expect(await create(world.alice[column])).toMatchObject({ [column]: world.alice[column] })
  })

  test('is refused in one of many new rows, and none is made', async () => {
    const create = (organizationId: string) =>
      call(world.as(world.adam, 'any'), 'order.createMany', {
        data: [order, { ...order, organizationId }],
      })
    const before = await world.as(world.adam, 'own').order.count()
    await expect(create(world.bob.organizationId)).rejects.toMatchObject({ code: 'not_found' })
    expect(await world.as(world.adam, 'own').order.count()).toBe(before)
    expect(await create(world.adam.organizationId)).toEqual({ count: 2 })
  })
})

describe.each(['update', 'updateMany', 'updateManyAndReturn'])('%s', (method) => {
  const id = () => ({ id: world.alice.orderIds[0] })

  test.each(['organizationId', 'userId'] as const)('never moves a row: %s', async (column) => {
    const write = (data: object) =>
      call(world.as(world.alice, 'any'), `order.${method}`, { where: id(), data })
    await expect(write({ [column]: world.bob[column] })).rejects.toMatchObject(
      becauseOf('cannot set'),
    )
    const set = { [column]: { set: world.bob[column] } }
    await expect(write(set)).rejects.toMatchObject(becauseOf('cannot set'))
    await expect(write({ totalCents: 100 })).resolves.toBeDefined()
  })

  test('never writes through a relation', async () => {
    const { organizationId, userId } = world.bob
    const membership = { connect: { organizationId_userId: { organizationId, userId } } }
    const write = (data: object) =>
      call(world.as(world.alice, 'any'), `order.${method}`, { where: id(), data })
    await expect(write({ membership })).rejects.toMatchObject(
      becauseOf('nested writes are refused'),
    )
    await expect(write({ note: 'alice' })).resolves.toBeDefined()
  })
})

test('a new row is never tied to another by a nested write', async () => {
  const create = (more: object) =>
    call(world.as(world.alice, 'any'), 'order.create', { data: { ...order, ...more } })
  await expect(create({ membership: { create: {} } })).rejects.toMatchObject(
    becauseOf('nested writes are refused'),
  )
  await expect(create({ note: 'flat' })).resolves.toHaveProperty('note', 'flat')
})

test('what cannot be scoped cannot be called', async () => {
  const db = world.as(world.alice, 'any')
  for (const method of ['upsert', 'findRaw', 'fields', 'constructor', '$queryRaw']) {
    expect(() => call(db, `order.${method}`)).toThrow('cannot be scoped')
  }
  expect(await call(db, 'order.count')).toBeGreaterThan(0)
})

test('raw SQL, the client and closed models cannot be named', async () => {
  const db = world.as(world.alice, 'any')
  const names = ['$queryRaw', '$executeRawUnsafe', '$transaction', '$extends', '_engine', 'nothing']
  const closed = ['session', 'password', 'auditEvent']
  for (const name of [...names, ...closed, 'constructor', '__proto__']) {
    expect(() => Reflect.get(db, name)).toThrow('is closed to ctx.db')
  }
  await db.transaction(async (inside) => {
    for (const name of [...names, ...closed, 'transaction']) {
      expect(() => Reflect.get(inside, name)).toThrow('is closed to ctx.db')
    }
    expect(await inside.order.count()).toBeGreaterThan(0)
  })
})

test('a scoped client is no promise, so that it can be returned from an async function', async () => {
  const db = await Promise.resolve(world.as(world.alice, 'any'))
  expect(await db.order.count()).toBeGreaterThan(0)
  expect(await Promise.resolve(db.order)).toBeDefined()
})

test('a closed model cannot be asked through a filter of an open one', async () => {
  const ask = (where: object) => call(world.as(world.alice, 'any'), 'user.findMany', { where })
  await expect(ask({ name: { startsWith: 'a' } })).resolves.toHaveLength(2)
  await expect(ask({ password: { hash: { startsWith: '$' } } })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('Password is closed to ctx.db') },
  })
  await expect(ask({ sessions: { none: {} } })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('Session is closed to ctx.db') },
  })
})
