import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startThrowAwayDatabase, type TestDatabaseUrls } from '@repo/testing'
import { createWorld, type World } from '../support/create-world.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

export interface BreakableApi {
  readonly api: TestApi
  readonly world: World
  readonly postgres: Awaited<ReturnType<typeof startThrowAwayDatabase>>
  close(): Promise<void>
}

const commands = fileURLToPath(
  new URL('../../../../tooling/development/src/database.ts', import.meta.url),
)

/** The way an operator prepares a server of their own: db:provision, then db:migrate. */
async function prepare(urls: TestDatabaseUrls): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    DATABASE_ADMIN_URL: urls.adminUrl,
    DATABASE_OWNER_URL: urls.ownerUrl,
    DATABASE_URL: urls.appUrl,
    DATABASE_WORKER_URL: urls.workerUrl,
    DATABASE_PLATFORM_URL: urls.platformUrl,
  }
  for (const command of ['provision', 'migrate']) {
    await promisify(execFile)(process.execPath, [commands, command], { env })
  }
}

/** The API over a Postgres of its own that a test may stop, kill and hang. */
export async function startBreakableApi(): Promise<BreakableApi> {
  const postgres = await startThrowAwayDatabase(prepare)
  const api = await startApi({
    environment: {
      DATABASE_URL: postgres.appUrl,
      DATABASE_PLATFORM_URL: postgres.platformUrl,
    },
  })
  const world = await createWorld({ ...api, database: postgres })
  async function close() {
    await world.close()
    await api.close()
    await postgres.remove()
  }
  return { api, world, postgres, close }
}
