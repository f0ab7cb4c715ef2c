import { join } from 'node:path'
import { createTestDatabase, openSql, type TestDatabase } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

/** Each table of ours, whether its rows are of one organization, and what stands in the way of keeping each organization's rows in one place. */
const query = `
  SELECT c.relname::text AS "table",
         EXISTS (SELECT FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND a.attnotnull) AS "ofOrganization",
         ARRAY(SELECT k.conname::text FROM pg_constraint k
                WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')
                  AND NOT EXISTS (SELECT FROM unnest(k.conkey) n JOIN pg_attribute a
                                    ON a.attrelid = c.oid AND a.attnum = n AND a.attname = 'organization_id')
                ORDER BY 1)
         || ARRAY(SELECT i.indexrelid::regclass::text FROM pg_index i
                   WHERE i.indrelid = c.oid AND i.indisunique
                     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
                     AND NOT EXISTS (SELECT FROM unnest(i.indkey) n JOIN pg_attribute a
                                       ON a.attrelid = c.oid AND a.attnum = n AND a.attname = 'organization_id')
                   ORDER BY 1) AS "keys",
         ARRAY(SELECT k.conname || ' to ' || k.confrelid::regclass FROM pg_constraint k
                WHERE k.conrelid = c.oid AND k.contype = 'f'
                  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'organization_id' AND a.attnotnull)
                  AND NOT EXISTS (SELECT FROM unnest(k.conkey) n JOIN pg_attribute a
                                    ON a.attrelid = c.oid AND a.attnum = n AND a.attname = 'organization_id')
                ORDER BY 1) AS "references"
    FROM pg_class c
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND c.relname <> '_prisma_migrations'
   ORDER BY 1`

test('what distributing by organization would change stands in distribution.txt (docs/scaling.md)', async () => {
  const sql = openSql(database.adminUrl)
  const rows = await sql.run(query).finally(sql.close)
  const lines = rows.map(({ table, ofOrganization, keys, references }) => {
    if (!ofOrganization) return `${table}: on every node`
    const changed = [...(keys as readonly string[]), ...(references as readonly string[])]
    return `${table}: by organization_id${changed.length > 0 ? `, which has to be part of ${changed.join(', ')}` : ''}`
  })
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, '../test/distribution.txt'),
  )
})
