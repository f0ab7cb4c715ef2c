import type { Database } from '@repo/database'
import { delegateNameOf, type OpenModelName, openModelNames, ownershipOf } from './owned-models.ts'
import { scopeDatabase } from './scoped-database.ts'

/** One value as it is exported: dates in ISO 8601, large numbers as text, structures as JSON. */
export type ExportedValue = string | number | boolean | null | string[]
export type ExportedRows = Record<string, Record<string, ExportedValue>[]>

// More than this of one model is no export for an answer; whoever has it asks for a file.
const maxRows = 10_000

interface Person {
  readonly userId: string
  readonly organizationIds: readonly string[]
}

/**
 * A person's own rows of every open model, in every organization of theirs, whatever their role; a new
 * model is in it by being listed in owned-models. At most 10 000 rows of each.
 */
export async function exportOwnRows(
  database: Database,
  { userId, organizationIds }: Person,
): Promise<ExportedRows> {
  const exported: ExportedRows = {}
  for (const organizationId of organizationIds.length > 0 ? organizationIds : [null]) {
    const db = scopeDatabase(database, { userId, organizationId, reach: () => 'own' })
    for (const model of openModelNames) addRows(exported, model, await read(db, model))
  }
  return exported
}

async function read(db: object, model: OpenModelName): Promise<readonly object[]> {
  // Parse boundary: every open model has this method.
  const { findMany } = Reflect.get(db, delegateNameOf(model)) as {
    findMany(args: { take: number }): Promise<readonly object[]>
  }
  const internal: readonly string[] = ownershipOf(model).internal ?? []
  return (await findMany({ take: maxRows })).map((row) => without(row, internal))
}

const without = (row: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))

/** A row that several organizations show, such as the person's own, is there once. */
function addRows(exported: ExportedRows, model: string, rows: readonly object[]): void {
  const known = new Set(exported[model]?.map((row) => JSON.stringify(row)))
  const added = rows.map(toExportedRow).filter((row) => !known.has(JSON.stringify(row)))
  exported[model] = [...(exported[model] ?? []), ...added]
}

/** A row of any kind, as it is exported. */
export const toExportedRow = (row: object): ExportedRows[string][number] =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toValue(value)]))

function toValue(value: unknown): ExportedValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return [...value]
  return JSON.stringify(value)
}
