import { readFile } from 'node:fs/promises'
import { diffSchemas, listMigrations } from '@repo/database/migrations'
import { SetupError } from '../setup-error.ts'

/** Throws SetupError where the schema is ahead of its migrations, or the new one is wrong in Prisma's eyes. */
export async function refuseUnmigrated(folder: string, next: string): Promise<void> {
  const last = (await listMigrations()).at(-1)
  const schema = await readFile(`${folder}/schema.prisma`, 'utf8')
  if (schema !== (await readFile(`${folder}/migrations/${last}/schema.prisma`, 'utf8'))) {
    throw new SetupError(
      'The schema has changes without a migration.',
      'Write theirs first: pnpm db:diff NAME. Nothing was written.',
    )
  }
  await diffSchemas(schema, next).catch((error: unknown) => {
    throw new SetupError(`Prisma refuses the model: ${error}`, 'Nothing was written.')
  })
}
