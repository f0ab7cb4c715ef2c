import { createMigrationAdapter } from './migration-adapter.ts'
import { readLastSchema, readMigrationList, readSchema, writeMigration } from './migration-files.ts'
import { offlineAdapter } from './offline-adapter.ts'
import { withSchemaEngine } from './schema-engine.ts'

const noFilters = { externalTables: [], externalEnums: [] }

/** Applies what is missing, in order, as the owner; returns the names applied. Compatible with Prisma's CLI. */
export async function applyMigrations(options: {
  readonly ownerUrl: string
  readonly folder?: string
}): Promise<readonly string[]> {
  const migrationsList = await readMigrationList(options.folder)
  const adapter = createMigrationAdapter(options.ownerUrl)
  return withSchemaEngine(adapter, async (engine) => {
    const result = await engine.applyMigrations({ migrationsList, filters: noFilters })
    return result.appliedMigrationNames
  })
}

/** The SQL that leads from one Prisma schema (null: nothing) to another; needs no database. */
export async function diffSchemas(from: string | null, to: string): Promise<string> {
  const datamodel = (content: string) => ({
    tag: 'schemaDatamodel' as const,
    files: [{ path: 'schema.prisma', content }],
  })
  return withSchemaEngine(offlineAdapter, async (engine) => {
    const { stdout } = await engine.diff({
      from: from === null ? { tag: 'empty' } : datamodel(from),
      to: datamodel(to),
      script: true,
      exitCode: null,
      filters: noFilters,
    })
    return stdout ?? ''
  })
}

/** Writes the next migration from the last migration's schema to the present one; null when nothing changed. */
export async function writeNextMigration(name: string): Promise<string | null> {
  const [from, to] = await Promise.all([readLastSchema(), readSchema()])
  const sql = await diffSchemas(from, to)
  if (sql.trim() === '' || sql.includes('This is an empty migration')) return null
  return writeMigration(name, sql, to)
}
