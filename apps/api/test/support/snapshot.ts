import type { Sql } from '@repo/testing'

const tables = ['orders', 'users', 'memberships', 'organizations', 'passwords'] as const

/** Every row a call could change, as text: equal before and after means that nothing was written. */
export async function takeSnapshot(sql: Sql): Promise<string> {
  const rows = await Promise.all(
    tables.map((table) => sql.run(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY 1`)),
  )
  return JSON.stringify(rows)
}
