import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTenants, ordersEach, type Tenant, type Tenants } from '../test/create-tenants.ts'
import { type Database, openDatabase } from './open-database.ts'
import { withRowScope } from './scope.ts'
import { createScopedPool } from './scoped-pool.ts'

let tenants: Tenants

beforeEach(async () => {
  tenants = await createTenants()
})
afterEach(() => tenants.drop())

const operations = 2_000
const concurrency = 64

type Notes = readonly { readonly note: string | null }[]

/** Five kinds of operation, each telling the notes it saw; one in five fails on purpose. */
async function operate(database: Database, kind: number): Promise<Notes> {
  const { prisma } = database
  if (kind === 0) return prisma.order.findMany({ select: { note: true } })
  if (kind === 1) return prisma.$transaction((client) => client.order.findMany())
  if (kind === 2) return prisma.order.updateManyAndReturn({ data: { totalCents: 7 } })
  const text = 'SELECT note FROM orders'
  if (kind === 3) return database.query({ name: 'notes', text, values: [] })
  await expect(prisma.$executeRawUnsafe('SELECT 1 / 0')).rejects.toThrow('division by zero')
  return prisma.order.findMany({ select: { note: true } })
}

test('2 000 mixed operations at concurrency 64 over 4 connections see no foreign row', async () => {
  const database = openDatabase({ url: tenants.appUrl, maxConnections: 4 })
  const callers: readonly (readonly [Tenant, string])[] = [
    [tenants.acme, 'acme'],
    [tenants.globex, 'globex'],
  ]
  let next = 0
  let foreign = 0
  let own = 0
  async function work() {
    while (next < operations) {
      const number = next++
      const [scope, name] = callers[number % 2] ?? callers[0] ?? [tenants.acme, 'acme']
      const seen = await withRowScope(scope, () => operate(database, number % 5))
      own += seen.filter(({ note }) => note === name).length
      foreign += seen.filter(({ note }) => note !== name).length
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  await database.close()
  expect(foreign).toBe(0)
  expect(own).toBe(operations * ordersEach)
})

test('a query that waits for a connection keeps the scope it was asked in', async () => {
  const database = openDatabase({ url: tenants.appUrl, maxConnections: 1 })
  const first = withRowScope(tenants.acme, () =>
    database.query({ name: 'sleep', text: 'SELECT pg_sleep(0.1)', values: [] }),
  )
  const notes = () => database.prisma.order.findMany({ distinct: ['note'], select: { note: true } })
  const waiting = [withRowScope(tenants.globex, notes), notes(), withRowScope(tenants.acme, notes)]
  await first
  expect(await Promise.all(waiting)).toEqual([[{ note: 'globex' }], [], [{ note: 'acme' }]])
  await database.close()
})

test('the setting is gone after success, an error and a rolled-back transaction', async () => {
  const pool = createScopedPool({ url: tenants.appUrl, maxConnections: 1 })
  const setting = "SELECT current_setting('app.user_id', true) AS user, pg_backend_pid() AS pid"
  const read = async () => (await pool.query({ text: setting })).rows[0]
  const inside = await withRowScope(tenants.acme, read)
  expect(inside.user).toBe(tenants.acme.userId)
  // The same connection, so that it is the setting that went.
  expect(await read()).toEqual({ user: '', pid: inside.pid })
  const fail = () => pool.query({ text: 'SELECT 1 / 0' })
  await expect(withRowScope(tenants.acme, fail)).rejects.toThrow('division by zero')
  expect((await read()).user || null).toBeNull()
  await pool.end()
  const database = openDatabase({ url: tenants.appUrl, maxConnections: 1 })
  const rollBack = () =>
    database.prisma.$transaction(async (client) => {
      expect(await client.order.count()).toBe(ordersEach)
      throw new Error('rolled back')
    })
  await expect(withRowScope(tenants.acme, rollBack)).rejects.toThrow('rolled back')
  const [after] = await database.query({ name: 'setting', text: setting, values: [] })
  expect(after?.['user'] || null).toBeNull()
  expect(await database.prisma.order.count()).toBe(0)
  await database.close()
})

test('a full pool refuses with unavailable instead of waiting on, for as long as its URL says', async () => {
  const askTwice = async (waitSeconds: string) => {
    const url = new URL(tenants.appUrl)
    url.searchParams.set('connection_limit', '1')
    url.searchParams.set('pool_timeout', waitSeconds)
    const database = openDatabase({ url: url.href, maxConnections: 4 })
    const sleep = () => database.query({ name: 'sleep', text: 'SELECT pg_sleep(2.5)', values: [] })
    const answers = await Promise.allSettled([sleep(), sleep()])
    await database.close()
    return answers
  }
  const refusal = { reason: { code: 'unavailable', retryAfterSeconds: 1 } }
  const [hurried, patient] = await Promise.all([askTwice('1'), askTwice('30')])
  expect(hurried).toMatchObject([{ status: 'fulfilled' }, refusal])
  expect(patient).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
})
