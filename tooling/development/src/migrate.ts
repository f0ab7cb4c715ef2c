import { applyMigrations, listAppliedMigrations, listMigrations } from '@repo/database/migrations'
import { SetupError } from './setup-error.ts'

/** Brings the database up to the migrations on disk; throws SetupError when it is ahead of them. */
export async function migrate(ownerUrl: string): Promise<readonly string[]> {
  const [applied, known] = await Promise.all([listAppliedMigrations(ownerUrl), listMigrations()])
  const unknown = applied.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new SetupError(
      `The database has migrations that this version does not know (${unknown.join(', ')}).`,
      'Check out the version that made it, or start over with: pnpm db:reset',
    )
  }
  return applyMigrations({ ownerUrl })
}
