import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GenericContainer, Wait } from 'testcontainers'
import { runAsAdmin } from './admin-query.ts'

const settings = ['max_connections=200', 'timezone=UTC', 'fsync=off', 'full_page_writes=off']
const sortsLikeEmbedded = '--no-locale --locale-provider=builtin --builtin-locale=C.UTF-8'
const connectAttempts = 100
const connectIntervalMs = 100

/** The published image of Postgres 18, with the superuser's URL. */
export async function startPostgresContainer() {
  const password = randomBytes(24).toString('hex')
  const container = await new GenericContainer('postgres:18-alpine')
    .withEnvironment({ POSTGRES_PASSWORD: password, POSTGRES_INITDB_ARGS: sortsLikeEmbedded })
    .withCommand(['postgres', ...settings.flatMap((setting) => ['-c', setting])])
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forListeningPorts())
    .start()
  const address = `${container.getHost()}:${container.getMappedPort(5432)}`
  const adminUrl = `postgresql://postgres:${password}@${address}/postgres`
  await waitUntilServing(adminUrl)
  return { adminUrl, stop: () => container.stop() }
}

// A listening port is not yet a server: Postgres answers "starting up" for a moment.
async function waitUntilServing(adminUrl: string, attempts = connectAttempts): Promise<void> {
  try {
    await runAsAdmin(adminUrl, 'SELECT 1')
  } catch (error) {
    if (attempts === 1) throw error
    await sleep(connectIntervalMs)
    await waitUntilServing(adminUrl, attempts - 1)
  }
}
