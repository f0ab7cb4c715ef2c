import pg from 'pg'
import { createMigrationAdapter } from './migration-adapter.ts'
import {
  prismaFolder,
  readLastSchema,
  readMigrationList,
  readSchema,
  writeMigration,
} from './migration-files.ts'
import { offlineAdapter } from './offline-adapter.ts'
import { withSchemaEngine } from './schema-engine.ts'

const noFilters = { externalTables: [], externalEnums: [] }

/** Applies what is missing, in order, as the owner; returns the names applied. Compatible with Prisma's CLI. */
export async function applyMigrations(options: {
  readonly ownerUrl: string
  readonly folder?: string
}): Promise<readonly string[]> {
  const migrationsList = await readMigrationList(options.folder)
  const pool = new pg.Pool({ connectionString: options.ownerUrl })
  try {
    return await withSchemaEngine(createMigrationAdapter(pool), async (engine) => {
      const result = await engine.applyMigrations({ migrationsList, filters: noFilters })
      return result.appliedMigrationNames
    })
  } finally {
    await pool.end()
  }
}

/** Names of the migrations that the database has; none before the first. */
export async function listAppliedMigrations(ownerUrl: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    const table = await client.query("SELECT to_regclass('_prisma_migrations') AS name")
    if (table.rows[0]?.name === null) return []
    const applied =
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY migration_name'
    const { rows } = await client.query<{ migration_name: string }>(applied)
    return rows.map(({ migration_name }) => migration_name)
  } finally {
    await client.end()
  }
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

/**
 * Writes the next migration from the last migration's schema to the present one; null when nothing changed.
 * What `guard` makes of its SQL stands behind it: whose the rows of new tables are.
 */
export async function writeNextMigration(
  name: string,
  options: { readonly folder?: string; readonly guard?: (sql: string) => string } = {},
): Promise<string | null> {
  const { folder = prismaFolder, guard = () => '' } = options
  const [from, to] = await Promise.all([readLastSchema(folder), readSchema(folder)])
  const sql = await diffSchemas(from, to)
  if (sql.trim() === '' || sql.includes('This is an empty migration')) return null
  return writeMigration(folder, { name, sql: sql + guard(sql), schema: to })
}
