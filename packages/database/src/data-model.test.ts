import { createTestDatabase, openSql } from '@repo/testing'
import { expect, test } from 'vitest'
import { dataModel } from './data-model.ts'

// The canary of docs/seams.md: the schema inside the client, against what its migrations made.
test('every table and column of the database is in the data model, and nothing else is', async () => {
  const database = await createTestDatabase()
  const sql = openSql(database.ownerUrl)
  const rows = await sql.run(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`,
  )
  await sql.close()
  await database.drop()
  const modelled = Object.values(dataModel).flatMap(({ table, fields }) =>
    fields.filter(({ kind }) => kind !== 'object').map(({ column }) => `${table}.${column}`),
  )
  expect(rows.length).toBeGreaterThan(100)
  expect(modelled.toSorted()).toEqual(rows.map(({ name }) => name).toSorted())
})
