import { findFreePort, openSql } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTenants, type Tenants } from '../test/create-tenants.ts'
import { openDatabase } from './open-database.ts'

let tenants: Tenants

beforeAll(async () => {
  tenants = await createTenants()
})
afterAll(() => tenants.drop())

test('a statement outside Prisma gives its rows, or throws an AppError without driver text', async () => {
  const database = openDatabase({ url: tenants.appUrl })
  const divide = (divisor: number) =>
    database.query({ name: 'divide', text: 'SELECT 6 / $1::int AS result', values: [divisor] })
  expect(await divide(2)).toEqual([{ result: 3 }])
  const refused = await divide(0).catch((error: unknown) => error)
  expect(refused).toMatchObject({ name: 'AppError', code: 'internal', cause: { code: '22012' } })
  expect(String(refused)).not.toContain('division')
  await database.close()
})

test('a ping resolves while Postgres answers and rejects when nobody does', async () => {
  const database = openDatabase({ url: tenants.appUrl })
  await expect(database.ping()).resolves.toBeUndefined()
  await database.close()
  const nobody = openDatabase({ url: `postgresql://a:b@127.0.0.1:${await findFreePort()}/c` })
  await expect(nobody.ping()).rejects.toThrow('ECONNREFUSED')
  await nobody.close()
})

test('a connection that breaks while idle is reported, and the next query gets another', async () => {
  const broken = Promise.withResolvers<Error>()
  const database = openDatabase({ url: tenants.appUrl, onError: broken.resolve })
  const pid = { name: 'pid', text: 'SELECT pg_backend_pid() AS pid', values: [] }
  const [before] = await database.query(pid)
  const admin = openSql(tenants.adminUrl)
  await admin.run('SELECT pg_terminate_backend($1)', [before?.['pid']])
  await admin.close()
  expect(await broken.promise).toMatchObject({ code: '57P01' })
  const [after] = await database.query(pid)
  expect(after?.['pid']).not.toBe(before?.['pid'])
  await database.close()
})
