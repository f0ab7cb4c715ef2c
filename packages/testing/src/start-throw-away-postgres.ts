import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedPostgres, startPostgres } from '@repo/embedded-servers'
import type { PrepareDatabase, TestDatabaseUrls } from './database-urls.ts'
import { prepareDatabase } from './prepare-database.ts'

export interface ThrowAwayPostgres extends EmbeddedPostgres {
  /** Stops the server for good and deletes its data. */
  remove(): Promise<void>
}

/** An embedded server of its own, in every lane, for tests that stop it and start it again. */
export async function startThrowAwayPostgres(): Promise<ThrowAwayPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'rampart-postgres-'))
  try {
    const server = await startPostgres({ directory, persistent: false })
    async function remove() {
      await server.stop('immediate')
      await rm(directory, { recursive: true, force: true })
    }
    return { ...server, remove }
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** The same with one prepared database on it. */
export async function startThrowAwayDatabase(
  prepare: PrepareDatabase,
): Promise<Omit<ThrowAwayPostgres, 'adminUrl'> & TestDatabaseUrls> {
  const server = await startThrowAwayPostgres()
  try {
    return { ...server, ...(await prepareDatabase(server.adminUrl, 'rampart', prepare)) }
  } catch (error) {
    await server.remove()
    throw error
  }
}
