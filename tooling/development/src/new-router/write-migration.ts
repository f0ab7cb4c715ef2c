import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeNextMigration } from '@repo/database/migrations'
import type { Names } from './names.ts'
import { printGuard } from './templates/guard.ts'

/** Writes the migration of the new model from the schema as it is on disk by now; returns its path. */
export async function writeMigration(names: Names): Promise<string> {
  const folder = await writeNextMigration(names.table)
  if (folder === null) throw new Error('The new model made no difference to the schema.')
  const file = join(folder, 'migration.sql')
  await appendFile(file, printGuard(names))
  return file
}
