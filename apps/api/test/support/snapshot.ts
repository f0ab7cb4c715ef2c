import type { Sql } from '@repo/testing'

// What a refused call may write too: that it was refused, and that many were. Of alerts a call changes who dealt with them.
const listTables = `
  SELECT tablename FROM pg_tables
   WHERE schemaname = 'public' AND tablename NOT IN ('alerts', 'audit_events')
   ORDER BY tablename`

const settledAlerts = `
  SELECT id, status, acknowledged_by, acknowledged_at, resolved_by, resolved_at FROM alerts
   WHERE status <> 'open' ORDER BY id`

/**
 * Every row a call could change, as text: equal before and after means that nothing was written but
 * when a session or a key was last seen.
 */
export async function takeSnapshot(sql: Sql): Promise<string> {
  const tables = await sql.run(listTables)
  const rows = tables.map(({ tablename }) =>
    sql.run(
      `SELECT to_jsonb(t) - 'last_seen_at' - 'last_used_at' AS row FROM "${tablename}" t ORDER BY 1`,
    ),
  )
  return JSON.stringify(await Promise.all([...rows, sql.run(settledAlerts)]))
}
