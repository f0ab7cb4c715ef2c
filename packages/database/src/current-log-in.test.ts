import { provisionDatabase } from '@repo/database/migrations'
import { openSql, type Sql, startThrowAwayDatabase } from '@repo/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Database, openDatabase } from './open-database.ts'
import type { PoolOptions } from './scoped-pool.ts'

let server: Awaited<ReturnType<typeof startThrowAwayDatabase>>
let admin: Sql
let url: string

beforeAll(async () => {
  // Another role's password would change under other tests.
  server = await startThrowAwayDatabase((urls) => provisionDatabase(urls))
  admin = openSql(server.adminUrl)
  url = server.appUrl
})
afterAll(async () => {
  await admin.close()
  await server.remove()
})
beforeEach(async () => {
  url = await rotate()
})

let count = 0
/** Gives the role another password; the URL that has it. */
async function rotate(): Promise<string> {
  count += 1
  await admin.run(`ALTER ROLE rampart_app PASSWORD 'password-${count}'`)
  const next = new URL(server.appUrl)
  next.password = `password-${count}`
  return next.href
}

const open = (options: Partial<PoolOptions> = {}) =>
  openDatabase({ url, currentUrl: () => url, maxConnections: 4, ...options })

/** Who is connected, by their processes: of so many queries at once each has its own. */
async function backends(database: Database, queries = 4): Promise<ReadonlySet<unknown>> {
  const ask = () =>
    database.query({
      name: 'backend',
      text: 'SELECT pg_backend_pid() AS pid, pg_sleep(0.05)',
      values: [],
    })
  const rows = await Promise.all(Array.from({ length: queries }, ask))
  return new Set(rows.map(([row]) => row?.['pid']))
}

test('a new connection logs in by the URL as it is then, and those there are stay', async () => {
  const database = open()
  const [first] = await backends(database, 1)
  url = await rotate()
  const later = await backends(database)
  expect(later.size).toBe(4)
  expect(later).toContain(first)
  await database.close()
})

test('a log-in that is rotated is asked for again, until its new one is published: nobody is refused', async () => {
  let asked = 0
  const next = Promise.withResolvers<string>()
  const database = open({
    async onLogInRefused() {
      asked += 1
      // The first answer is still the old one.
      if (asked > 1) url = await next.promise
    },
  })
  await backends(database, 1)
  const rotated = await rotate()
  setTimeout(() => next.resolve(rotated), 300)
  expect((await backends(database)).size).toBeGreaterThan(1)
  expect(asked).toBeGreaterThan(1)
  await database.close()
})

test('a transaction of Prisma is given such a connection too', async () => {
  const rotated = await rotate()
  const database = open({
    async onLogInRefused() {
      url = rotated
    },
  })
  const answer = await database.prisma.$transaction((client) => client.$queryRaw`SELECT 1 AS one`)
  expect(answer).toEqual([{ one: 1 }])
  await database.close()
})

test('a log-in that nobody publishes is refused after some seconds, and is not asked for without end', async () => {
  await rotate()
  let asked = 0
  const database = open({
    async onLogInRefused() {
      asked += 1
    },
  })
  await expect(database.ping()).rejects.toMatchObject({ code: '28P01' })
  expect(asked).toBe(4)
  await database.close()
})

test('a connection is replaced when its time is over, though it works', async () => {
  const database = open({ lifetimeSeconds: 1 })
  const [before] = await backends(database, 1)
  expect([...(await backends(database, 1))]).toEqual([before])
  await expect
    .poll(async () => [...(await backends(database, 1))], { timeout: 10_000, interval: 200 })
    .not.toEqual([before])
  await database.close()
})
