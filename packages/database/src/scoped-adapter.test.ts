import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTenants, ordersEach, type Tenants } from '../test/create-tenants.ts'
import { type Database, openDatabase } from './open-database.ts'
import { withRowScope } from './scope.ts'

let tenants: Tenants
let database: Database

beforeAll(async () => {
  tenants = await createTenants()
})
afterAll(() => tenants.drop())
beforeEach(() => {
  database = openDatabase({ url: tenants.appUrl, maxConnections: 1 })
})
afterEach(() => database.close())

test('a transaction carries the scope it was started in, and none without one', async () => {
  const count = () => database.prisma.$transaction((client) => client.order.count())
  expect(await withRowScope(tenants.acme, count)).toBe(ordersEach)
  expect(await count()).toBe(0)
})

test('a batch transaction carries it too', async () => {
  const count = () =>
    database.prisma.$transaction([database.prisma.order.count(), database.prisma.user.count()])
  expect(await withRowScope(tenants.globex, count)).toEqual([ordersEach, 1])
  expect(await count()).toEqual([0, 0])
})

test.each([
  ['ReadCommitted', 'read committed'],
  ['RepeatableRead', 'repeatable read'],
  ['Serializable', 'serializable'],
] as const)(
  'a transaction of level %s has it, with its scope',
  async (isolationLevel, expected) => {
    const look = () =>
      database.prisma.$transaction(
        async (client) => [
          await client.order.count(),
          await client.$queryRaw`SELECT current_setting('transaction_isolation') AS level`,
        ],
        { isolationLevel },
      )
    expect(await withRowScope(tenants.acme, look)).toEqual([ordersEach, [{ level: expected }]])
  },
)

test('what a transaction wrote is gone when it fails, and kept when it does not', async () => {
  const total = () => database.prisma.order.aggregate({ _sum: { totalCents: true } })
  const write = (totalCents: number, fails: boolean) =>
    withRowScope(tenants.acme, () =>
      database.prisma.$transaction(async (client) => {
        await client.order.updateMany({ data: { totalCents } })
        if (fails) throw new Error('no')
      }),
    )
  await write(10, false)
  await expect(write(99, true)).rejects.toThrow('no')
  expect(await withRowScope(tenants.acme, total)).toEqual({ _sum: { totalCents: 10 * ordersEach } })
})

test('a scope that Postgres refuses starts no transaction and costs no connection', async () => {
  const refused = { userId: '\0', organizationId: null }
  const count = () => database.prisma.$transaction((client) => client.order.count())
  await expect(withRowScope(refused, count)).rejects.toThrow('invalid byte sequence')
  expect(await withRowScope(tenants.acme, count)).toBe(ordersEach)
})

// The canary for statementNameGenerator: Prisma's queries are prepared under our names.
test.each([
  ['none', ['rampart_0', 'rampart_scope']],
  ['transaction', []],
] as const)('with pooler: %s the server keeps the statements %j', async (pooler, expected) => {
  const named = openDatabase({ url: tenants.appUrl, maxConnections: 1, pooler })
  await withRowScope(tenants.acme, () => named.prisma.order.count())
  const text = `SELECT name FROM pg_prepared_statements WHERE name LIKE 'rampart%' ORDER BY name`
  const kept = await named.query<{ name: string }>({ name: '', text, values: [] })
  expect(kept.map(({ name }) => name)).toEqual(expected)
  await named.close()
})
