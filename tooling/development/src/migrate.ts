import { applyMigrations, listAppliedMigrations, listMigrations } from '@repo/database/migrations'
import { explainDatabaseError } from './explain-database-error.ts'
import type { OpenPostgres } from './open-postgres.ts'
import { SetupError } from './setup-error.ts'

/** Brings the database up to the migrations on disk; throws SetupError when it is ahead of them, or not ours to change. */
export async function migrate({ ownerUrl, isEmbedded }: OpenPostgres): Promise<readonly string[]> {
  const name = isEmbedded ? 'The embedded database' : 'The database of DATABASE_OWNER_URL'
  const [applied, known] = await Promise.all([
    listAppliedMigrations(ownerUrl).catch((error) => explainDatabaseError(error, name)),
    listMigrations(),
  ])
  const unknown = applied.filter((migration) => !known.includes(migration))
  if (unknown.length > 0) {
    const startOver = isEmbedded
      ? 'start over with: npx pnpm@12 db:reset'
      : 'give an empty database'
    throw new SetupError(
      `${name} has migrations that this version does not know (${unknown.join(', ')}).`,
      `Check out the version that made it, or ${startOver}`,
    )
  }
  return applyMigrations({ ownerUrl }).catch((error) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SetupError(
      `${name} could not be migrated: ${reason}`,
      isEmbedded
        ? 'Mend the migration, or start over with: npx pnpm@12 db:reset'
        : 'Mend the migration. The roles, if they are missing, are made by: npx pnpm@12 db:provision',
      { cause: error },
    )
  })
}
