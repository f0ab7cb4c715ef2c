import { listTableGuards } from '../../src/table-guard.ts'
import { ids } from './fill-tenants.ts'
import type { Snapshot } from './tenants.ts'

type Row = Snapshot[string][number]

// Whose rows the first tenant's people may change; the tables that are nobody's to change stand apart.
const ours: ReadonlySet<unknown> = new Set([ids.alice, ids.adam, ids.carol, ids.erin, ids.frank])
const tenants: ReadonlySet<unknown> = new Set([ids.acme])

function isForeign(table: string, row: Row): boolean {
  if (table === 'users') return !ours.has(row['id'])
  if (table === 'organizations') return !tenants.has(row['id'])
  return !tenants.has(row['organization_id'])
}

/** Every row that the first tenant's people must not touch, in whatever table. */
export const foreignRows = (snapshot: Snapshot) =>
  Object.entries(snapshot).flatMap(([table, rows]) =>
    rows.filter((row) => isForeign(table, row)).map((row) => ({ table, row })),
  )

const tables = listTableGuards().map(({ table }) => table)

/** Rows that were somebody's and are now somebody else's, found by their ids. */
export function movedRows(before: Snapshot, after: Snapshot, columns: readonly string[]) {
  return tables.flatMap((table) => {
    const owners = new Map(before[table]?.map((row) => [row['id'], row]))
    return (after[table] ?? []).filter((row) => {
      const earlier = row['id'] === undefined ? undefined : owners.get(row['id'])
      return earlier && columns.some((column) => earlier[column] !== row[column])
    })
  })
}
