import { PrismaPg } from '@prisma/adapter-pg'
import { createTestDatabase, type TestDatabase } from '@repo/testing'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMigrationAdapter } from './migration-adapter.ts'

let database: TestDatabase
let pool: pg.Pool

beforeEach(async () => {
  database = await createTestDatabase()
  pool = new pg.Pool({ connectionString: database.ownerUrl })
})

afterEach(async () => {
  await pool.end()
  await database.drop()
})

const script = `CREATE FUNCTION seven() RETURNS int LANGUAGE plpgsql AS $$
  BEGIN RETURN 7; END $$; CREATE TABLE next AS SELECT seven() AS value;`

test('a script with a function’s body runs whole', async () => {
  const adapter = await createMigrationAdapter(pool).connect()
  await adapter.executeScript(script)
  expect((await pool.query('SELECT value FROM next')).rows).toEqual([{ value: 7 }])
})

// The canary: once this fails, Prisma's own adapter will do and ours can go (docs/seams.md).
test('Prisma’s own adapter still splits a script at every semicolon', async () => {
  const adapter = await new PrismaPg(pool).connect()
  await expect(adapter.executeScript(script)).rejects.toThrow()
  await expect(adapter.executeScript('SELECT 1; SELECT 2')).resolves.toBeUndefined()
})

test('a script is one transaction, and its error is one that the engine can report', async () => {
  const adapter = await createMigrationAdapter(pool).connect()
  const failed = adapter.executeScript('CREATE TABLE half (id int); SELECT 1 / 0')
  await expect(failed).rejects.toMatchObject({
    name: 'DriverAdapterError',
    cause: { originalCode: '22012' },
  })
  const half = await pool.query("SELECT to_regclass('half') AS name")
  expect(half.rows).toEqual([{ name: null }])
})
