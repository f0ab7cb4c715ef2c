import { expect, test } from 'vitest'
import { diffSchemas } from './migrations.ts'
import { offlineAdapter } from './offline-adapter.ts'

// The canary: the engine asks for the version alone before it compares (docs/seams.md).
test('the one answer it gives is enough to compare two schemas', async () => {
  const datasource = 'datasource db {\n  provider = "postgresql"\n}\n'
  const sql = await diffSchemas(datasource, `${datasource}enum Colour {\n  red\n}\n`)
  expect(sql).toContain(`CREATE TYPE "Colour" AS ENUM ('red')`)
})

test('all that would change a database is refused', async () => {
  const adapter = await offlineAdapter.connect()
  const query = { sql: 'SELECT 1', args: [], argTypes: [] }
  expect(await adapter.queryRaw(query)).toHaveProperty('rows.length', 1)
  await expect(adapter.executeRaw(query)).rejects.toThrow('can be done offline')
  await expect(adapter.executeScript('')).rejects.toThrow('can be done offline')
  await expect(adapter.startTransaction()).rejects.toThrow('can be done offline')
})
