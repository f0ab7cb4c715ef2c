import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm'

const prismaFolder = join(import.meta.dirname, '../prisma')
export const migrationsFolder = join(prismaFolder, 'migrations')

/** The Prisma schema as it stands, the target of the next migration. */
export const readSchema = () => readFile(join(prismaFolder, 'schema.prisma'), 'utf8')

/** Names of the migrations on disk, oldest first. */
export async function listMigrations(folder = migrationsFolder): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** The schema that the newest migration leads to, or null before the first one. */
export async function readLastSchema(): Promise<string | null> {
  const last = (await listMigrations()).at(-1)
  return last ? readFile(join(migrationsFolder, last, 'schema.prisma'), 'utf8') : null
}

/** Writes a migration folder: its SQL and the schema it leads to; returns the folder's path. */
export async function writeMigration(name: string, sql: string, schema: string): Promise<string> {
  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const folder = join(migrationsFolder, `${stamp}_${name}`)
  await mkdir(folder)
  await writeFile(join(folder, 'migration.sql'), sql)
  await writeFile(join(folder, 'schema.prisma'), schema)
  return folder
}

/** The migrations in the form that Prisma's schema engine takes. */
export async function readMigrationList(folder = migrationsFolder): Promise<MigrationList> {
  const names = await listMigrations(folder)
  const migrationDirectories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: await readFile(join(folder, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  )
  const lockfile = join(folder, 'migration_lock.toml')
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(lockfile, 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories,
  }
}
