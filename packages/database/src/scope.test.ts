import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTenants, ordersEach, type Tenant, type Tenants } from '../test/create-tenants.ts'
import { type Database, openDatabase } from './open-database.ts'
import { withRowScope } from './scope.ts'

let tenants: Tenants

beforeAll(async () => {
  tenants = await createTenants()
})
afterAll(() => tenants.drop())

describe.each(['none', 'transaction'] as const)('with pooler: %s', (pooler) => {
  let database: Database

  beforeAll(() => {
    database = openDatabase({ url: tenants.appUrl, pooler })
  })
  afterAll(() => database.close())

  const countBySql = async () => {
    const text = 'SELECT count(*)::int AS count FROM orders'
    return (await database.query<{ count: number }>({ name: 'count', text, values: [] }))[0]?.count
  }
  const notes = async () => {
    const rows = await database.prisma.order.findMany({ select: { note: true } })
    return [...new Set(rows.map(({ note }) => note))]
  }

  test('without a scope nobody sees a row', async () => {
    expect(await withRowScope(tenants.acme, countBySql)).toBe(ordersEach)
    expect(await countBySql()).toBe(0)
    expect(await database.prisma.order.count()).toBe(0)
    expect(await database.prisma.user.count()).toBe(0)
    expect(await database.prisma.organization.count()).toBe(0)
    expect(await database.prisma.membership.count()).toBe(0)
  })

  test('each scope sees its own tenant and no other', async () => {
    expect(await withRowScope(tenants.acme, notes)).toEqual(['acme'])
    expect(await withRowScope(tenants.globex, notes)).toEqual(['globex'])
    const names = () => database.prisma.organization.findMany({ select: { name: true } })
    expect(await withRowScope(tenants.globex, names)).toEqual([{ name: 'globex' }])
  })

  test('a scope without an organization sees oneself alone', async () => {
    const scope = { ...tenants.acme, organizationId: null }
    const names = () => database.prisma.user.findMany({ select: { name: true } })
    expect(await withRowScope(scope, names)).toEqual([{ name: 'acme' }])
    expect(await withRowScope(scope, countBySql)).toBe(0)
  })

  test('a write reaches the rows of its scope alone', async () => {
    const touch = () => database.prisma.order.updateMany({ data: { totalCents: 200 } })
    expect(await touch()).toEqual({ count: 0 })
    expect(await withRowScope(tenants.acme, touch)).toEqual({ count: ordersEach })
    const touched = await tenants.sql.run(
      'SELECT DISTINCT note FROM orders WHERE total_cents = 200',
    )
    expect(touched).toEqual([{ note: 'acme' }])
    await tenants.sql.run('UPDATE orders SET total_cents = 100')
  })

  test('a row cannot be made in, or moved to, another tenant', async () => {
    const place = ({ organizationId, userId }: Tenant) => ({ organizationId, userId })
    const data = (owner: Tenant) => ({ ...place(owner), currency: 'EUR', totalCents: 1 })
    const create = (owner: Tenant) =>
      withRowScope(tenants.acme, () => database.prisma.order.create({ data: data(owner) }))
    await expect(create(tenants.globex)).rejects.toThrow('row-level security')
    // Without RETURNING, only the policy's check stands in the way.
    const createBlindly = () => database.prisma.order.createMany({ data: data(tenants.globex) })
    await expect(withRowScope(tenants.acme, createBlindly)).rejects.toThrow('row-level security')
    const { id } = await create(tenants.acme)
    const move = () => database.prisma.order.update({ where: { id }, data: place(tenants.globex) })
    await expect(withRowScope(tenants.acme, move)).rejects.toThrow('row-level security')
    await withRowScope(tenants.acme, () => database.prisma.order.delete({ where: { id } }))
    expect(await withRowScope(tenants.acme, countBySql)).toBe(ordersEach)
  })
})
