import { openDatabase } from '@repo/database'
import { createTestDatabase, openSql, type Sql } from '@repo/testing'
import { listTableGuards } from '../../src/table-guard.ts'
import { changeOtherTenant, fill } from './fill-tenants.ts'

const tables = listTableGuards().map(({ table }) => table)

/** Two databases: in both the first tenant is the same, and the other tenant is another. */
export async function createTenants(options: { readonly rowSecurity: boolean }) {
  const [one, other] = [await openTenantDatabase(), await openTenantDatabase(changeOtherTenant)]
  for (const table of options.rowSecurity ? [] : tables) {
    const change = `ALTER TABLE "${table}" DISABLE ROW LEVEL SECURITY`
    await Promise.all([one.sql.run(change), other.sql.run(change)])
  }
  async function close() {
    await Promise.all([one.close(), other.close()])
  }
  return { one, other, close }
}

export type Tenants = Awaited<ReturnType<typeof createTenants>>
export type TenantDatabase = Awaited<ReturnType<typeof openTenantDatabase>>
export type Snapshot = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

/** One database of two tenants, changed as it is told, that can be put back to how it was then. */
export async function openTenantDatabase(change: (sql: Sql) => Promise<void> = async () => {}) {
  const test = await createTestDatabase()
  const [sql, admin] = [openSql(test.ownerUrl), openSql(test.adminUrl)]
  await fill(sql)
  await change(sql)
  await admin.run('CREATE SCHEMA kept')
  for (const table of tables) {
    await admin.run(`CREATE TABLE kept."${table}" AS TABLE public."${table}"`)
  }
  const database = openDatabase({ url: test.appUrl })
  const rows = tables.map(
    (table) => `'${table}', (SELECT coalesce(jsonb_agg(t ORDER BY t), '[]') FROM "${table}" t)`,
  )
  return {
    database,
    sql,
    admin,
    /** Every row there is. */
    async snapshot(): Promise<Snapshot> {
      const parts = Array.from({ length: Math.ceil(rows.length / 40) }, (_, index) =>
        rows.slice(index * 40, (index + 1) * 40),
      )
      const text = parts.map((part) => `jsonb_build_object(${part.join(', ')})`).join(' || ')
      const [found] = await sql.run(`SELECT ${text} AS rows`)
      // Parse boundary: built by the statement above.
      return (found?.['rows'] ?? {}) as Snapshot
    },
    /** Puts every row back. */
    async restore(): Promise<void> {
      await admin.run(
        `BEGIN; SET LOCAL session_replication_role = replica; ${tables
          .map(
            (table) =>
              `DELETE FROM "${table}"; INSERT INTO "${table}" SELECT * FROM kept."${table}";`,
          )
          .join(' ')} COMMIT`,
      )
    },
    async close(): Promise<void> {
      await Promise.all([database.close(), sql.close(), admin.close()])
      await test.drop()
    },
  }
}
