import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listMigrations } from '@repo/database/migrations'
import type { Names } from './names.ts'
import { printGuard } from './templates/guard.ts'

/**
 * Writes the migration of the new model as `pnpm db:diff` does, in a process that reads the sources as they are by
 * now, and whose rows they are where it has not; returns the path of its SQL.
 */
export async function writeMigration(
  folder: string,
  names: Names,
  diff: (name: string) => void,
): Promise<string> {
  diff(names.table)
  const newest = (await listMigrations()).at(-1) ?? ''
  const file = join(folder, 'migrations', newest, 'migration.sql')
  const sql = await readFile(file, 'utf8')
  if (!sql.includes(`CREATE TABLE "${names.table}"`)) throw new Error(`${file} makes no table.`)
  if (!sql.includes('CREATE POLICY')) await appendFile(file, printGuard(names))
  return file
}
