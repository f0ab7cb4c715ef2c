import { type Database, openDatabase, type PoolOptions, requireWorkerRole } from '@repo/database'

export type WorkerDatabase = Database

/** The worker's way to Postgres, beside its jobs' own; throws where its role could walk past row-level security. */
export async function openWorkerDatabase(options: PoolOptions): Promise<Database> {
  const database = openDatabase({ maxConnections: 3, queryTimeoutMs: 61_000, ...options })
  try {
    await requireWorkerRole(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}
