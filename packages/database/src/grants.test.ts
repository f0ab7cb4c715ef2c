import { join } from 'node:path'
import { createTestDatabase, openSql } from '@repo/testing'
import { expect, test } from 'vitest'

const roles = ['rampart_app', 'rampart_worker', 'rampart_platform', 'rampart_identity', 'public']

// PUBLIC is the role with the id 0. What a column has is said where its table does not have it as a whole.
const grants = `
  WITH parts AS (
    SELECT n.nspname, c.oid, c.relname, c.relacl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'S'))
  SELECT CASE a.grantee WHEN 0 THEN 'public' ELSE a.grantee::regrole::text END AS role, what,
         string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
    FROM (
      SELECT 'schema ' || nspname AS what, nspacl AS acl FROM pg_namespace
       WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
      UNION ALL SELECT 'table ' || nspname || '.' || relname, relacl FROM parts
      UNION ALL SELECT 'table ' || nspname || '.' || relname || ' (' || t.attname || ')', t.attacl
        FROM parts JOIN pg_attribute t ON t.attrelid = parts.oid AND t.attacl IS NOT NULL
      UNION ALL SELECT 'function ' || p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    ) AS things, aclexplode(things.acl) a
   GROUP BY 1, 2`

/** `test/grants.txt` is what each role that serves or works may do, for a reader; a change of it is a change to look at. */
test('no role may do more than is written down', async () => {
  const database = await createTestDatabase()
  const sql = openSql(database.ownerUrl)
  const rows = await sql.run(grants)
  const isMonthly = (what: string) => /audit_events_\d{6}|_y\d{4}m\d{2}|\d{4}_\d{2}/.test(what)
  const lines = rows
    .filter(({ role, what }) => roles.includes(String(role)) && !isMonthly(String(what)))
    .map(({ role, what, privileges }) => `${role}: ${what}: ${privileges}`)
    // By code points, whatever the server sorts by, and whatever the product is called.
    .map((line) => [line.replace(/^\w+_/, ''), line] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, line]) => line)
  await sql.close()
  await database.drop()
  expect(lines.some((line) => line.startsWith('rampart_app: table public.orders'))).toBe(true)
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, '../test/grants.txt'),
  )
})
