import { AppError } from '@repo/errors'
import { findFreePort, openSql } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTenants, type Tenants } from '../test/create-tenants.ts'
import { toAppError } from './database-errors.ts'
import { type Database, openDatabase } from './open-database.ts'
import { withRowScope } from './scope.ts'

let tenants: Tenants
let owner: Database
let app: Database
let hasty: Database
let nobody: Database

function withSettings(text: string, settings: Readonly<Record<string, string>>): string {
  const url = new URL(text)
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value)
  return url.href
}

beforeAll(async () => {
  tenants = await createTenants()
  owner = openDatabase({ url: tenants.ownerUrl })
  app = openDatabase({ url: tenants.appUrl })
  hasty = openDatabase({
    url: withSettings(tenants.appUrl, { statement_timeout: '100', lock_timeout: '50' }),
  })
  nobody = openDatabase({ url: `postgresql://a:b@127.0.0.1:${await findFreePort()}/c` })
})

afterAll(async () => {
  await Promise.all([owner, app, hasty, nobody].map((database) => database.close()))
  await tenants.drop()
})

const user = { name: 'n', email: 'acme@tenants.test' }
const order = { currency: 'EUR', totalCents: 1 }
const asAcme = <T>(task: () => Promise<T>) => withRowScope(tenants.acme, task)

async function terminateWhile(database: Database): Promise<unknown> {
  const admin = openSql(tenants.adminUrl)
  const sleeping = database.prisma.$queryRaw`SELECT pg_sleep(4)::text, 'to be ended'`.catch(
    (error: unknown) => error,
  )
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE query LIKE '%to be ended%' AND pid <> pg_backend_pid() AND datname = current_database()`
  while ((await admin.run(end)).length === 0);
  await admin.close()
  return sleeping
}

async function whileLocked(task: () => Promise<unknown>): Promise<unknown> {
  const locked = Promise.withResolvers<void>()
  const free = Promise.withResolvers<void>()
  const holding = owner.prisma.$transaction(async (client) => {
    await client.$executeRaw`LOCK TABLE orders`
    locked.resolve()
    await free.promise
  })
  await locked.promise
  const result = await task().catch((error: unknown) => error)
  free.resolve()
  await holding
  return result
}

/** What a failing task was refused with; a task that does not fail is returned as it is. */
const failureOf = (task: () => Promise<unknown>) => task().catch((error: unknown) => error)

describe('through Prisma', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    [
      'a NUL in a text',
      'invalid_input',
      () => asAcme(() => app.prisma.order.findMany({ where: { note: '\0' } })),
    ],
    ['a second row of a unique key', 'conflict', () => owner.prisma.user.create({ data: user })],
    [
      'a reference to nothing',
      'not_found',
      () => asAcme(() => app.prisma.order.create({ data: { ...order, ...stranger() } })),
    ],
    [
      'a row that row-level security refuses',
      'not_found',
      () => asAcme(() => app.prisma.order.create({ data: { ...order, ...tenants.globex } })),
    ],
    ['a table that is closed to the role', 'not_found', () => app.prisma.session.findFirst()],
    [
      'a row that is missing',
      'not_found',
      () => asAcme(() => app.prisma.order.delete({ where: { id: 0 } })),
    ],
    [
      'a statement that takes too long',
      'unavailable',
      () => hasty.prisma.$queryRaw`SELECT pg_sleep(3)::text`,
    ],
    [
      'a lock that is held too long',
      'unavailable',
      () => whileLocked(() => hasty.prisma.order.count()),
    ],
    ['a server that is not there', 'unavailable', () => nobody.prisma.order.count()],
    ['a connection that is ended', 'unavailable', () => terminateWhile(app)],
    ['a statement that is wrong', 'internal', () => app.prisma.$queryRaw`SELECT nothing`],
  ])('%s is %s', async (_name, code, fail) => {
    const thrown = await failureOf(fail)
    expect(thrown).toBeInstanceOf(Error)
    expect(toAppError(thrown)).toMatchObject({ code, cause: thrown })
  })
})

const stranger = () => ({ ...tenants.acme, userId: crypto.randomUUID() })

describe('outside Prisma', () => {
  const run = (database: Database, text: string, values: unknown[] = []) =>
    failureOf(() => database.query({ name: '', text, values }))

  test.each<[string, string, () => Promise<unknown>]>([
    ['a NUL in a text', 'invalid_input', () => run(app, 'SELECT $1::text', ['\0'])],
    ['a NUL in JSON', 'invalid_input', () => run(app, 'SELECT $1::jsonb ->> 0', ['["\\u0000"]'])],
    ['a statement that takes too long', 'unavailable', () => run(hasty, 'SELECT pg_sleep(3)')],
    ['a server that is not there', 'unavailable', () => run(nobody, 'SELECT 1')],
    ['a table that is closed to the role', 'not_found', () => run(app, 'SELECT * FROM sessions')],
    ['a statement that is wrong', 'internal', () => run(app, 'SELECT nothing')],
  ])('%s is %s', async (_name, code, fail) => {
    expect(await fail()).toMatchObject({ name: 'AppError', code })
  })

  test.each(['40001', '40P01', '53300', '57P01', '57P02', '57P03', '08006'])(
    'SQLSTATE %s may be tried again',
    async (state) => {
      const raise = `DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '${state}'; END $$`
      const expected = { code: 'unavailable', retryAfterSeconds: 1 }
      expect(await run(app, raise)).toMatchObject(expected)
      const thrown = await failureOf(() => app.prisma.$executeRawUnsafe(raise))
      expect(toAppError(thrown)).toMatchObject(expected)
    },
  )
})

test('an AppError stays the one it is, and a stranger is internal', () => {
  const error = new AppError('conflict')
  expect(toAppError(error)).toBe(error)
  expect(toAppError(new Error('other'))).toMatchObject({ code: 'internal' })
  expect(toAppError(undefined)).toMatchObject({ code: 'internal' })
})

test('what leaves of an error holds neither the driver’s words nor a value', async () => {
  const thrown = await failureOf(() => owner.prisma.user.create({ data: user }))
  expect(String(thrown)).toContain('email')
  const { message, detail } = toAppError(thrown)
  expect(`${message} ${detail}`).not.toMatch(/email|acme|constraint|Prisma/)
})
