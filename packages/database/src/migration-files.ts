import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm'

export const prismaFolder = join(import.meta.dirname, '../prisma')
const migrationsIn = (folder: string) => join(folder, 'migrations')
const migrationsFolder = migrationsIn(prismaFolder)

/** The Prisma schema as it stands, the target of the next migration. */
export const readSchema = (folder: string) => readFile(join(folder, 'schema.prisma'), 'utf8')

/** Names of the migrations on disk, oldest first. */
export async function listMigrations(folder = migrationsFolder): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** The schema that the newest migration leads to, or null before the first one. */
export async function readLastSchema(folder: string): Promise<string | null> {
  const last = (await listMigrations(migrationsIn(folder))).at(-1)
  return last ? readSchema(join(migrationsIn(folder), last)) : null
}

/** Writes a migration: its SQL and the schema it leads to; returns the path of its folder. */
export async function writeMigration(
  folder: string,
  migration: { readonly name: string; readonly sql: string; readonly schema: string },
): Promise<string> {
  const path = join(migrationsIn(folder), `${await nextStamp(folder)}_${migration.name}`)
  await mkdir(path)
  await writeFile(join(path, 'migration.sql'), migration.sql)
  await writeFile(join(path, 'schema.prisma'), migration.schema)
  return path
}

/** Now, unless a migration is dated later: the next one comes after all that there are. */
async function nextStamp(folder: string): Promise<string> {
  const now = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const newest = (await listMigrations(migrationsIn(folder))).at(-1)?.slice(0, 14) ?? ''
  return now > newest ? now : String(Number(newest) + 1)
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
