import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from './create-test-database.ts'

let first: TestDatabase
let second: TestDatabase

beforeEach(async () => {
  ;[first, second] = await Promise.all([createTestDatabase(), createTestDatabase()])
})

afterEach(async () => {
  await Promise.all([first.drop(), second.drop()])
})

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query({ text, rowMode: 'array' })
    return rows.flat()
  } finally {
    await client.end()
  }
}

test('two databases have the same tables and do not see each other’s rows', async () => {
  const tables = `SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'`
  const [before] = await query(first.ownerUrl, tables)
  expect(before).toBeGreaterThan(1)
  expect(await query(second.ownerUrl, tables)).toEqual([before])

  await query(first.ownerUrl, 'CREATE TABLE marks AS SELECT 1 AS mark')
  await query(second.ownerUrl, 'CREATE TABLE marks AS SELECT 2 AS mark')
  expect(await query(first.ownerUrl, 'SELECT mark FROM marks')).toEqual([1])
  expect(await query(second.ownerUrl, 'SELECT mark FROM marks')).toEqual([2])
})

test.each([
  ['ownerUrl', 'rampart_owner'],
  ['appUrl', 'rampart_app'],
  ['workerUrl', 'rampart_worker'],
  ['platformUrl', 'rampart_platform'],
] as const)(
  '%s logs in as %s, which is neither superuser nor above row security',
  async (url, role) => {
    const rights = `SELECT current_database(), current_user, rolsuper, rolbypassrls FROM pg_roles
    WHERE rolname = current_user`
    expect(await query(first[url], rights)).toEqual([first.name, role, false, false])
    expect(await query(first.adminUrl, rights)).toEqual([first.name, 'postgres', true, true])
  },
)

test('the serving role makes no temporary tables, as on the template', async () => {
  const makeTable = 'CREATE TEMPORARY TABLE scratch (id int)'
  await expect(query(first.appUrl, makeTable)).rejects.toThrow('permission denied')
  await expect(query(first.ownerUrl, makeTable)).resolves.toEqual([])
})

test('a dropped database is gone, whoever is connected', async () => {
  const client = new pg.Client({ connectionString: first.appUrl })
  const lost = new Promise((resolve) => client.on('error', resolve))
  await client.connect()
  expect((await client.query('SELECT 1')).rowCount).toBe(1)
  await first.drop()
  await lost
  await expect(query(first.ownerUrl, 'SELECT 1')).rejects.toThrow('does not exist')
})
