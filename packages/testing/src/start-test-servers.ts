import { runAsAdmin } from './admin-query.ts'
import type { TestBackend } from './backend.ts'
import { onDatabase, type PrepareDatabase, type TestDatabaseUrls } from './database-urls.ts'
import { launchPgbouncer } from './launch-pgbouncer.ts'
import { startPostgresContainer } from './postgres-container.ts'
import { prepareDatabase } from './prepare-database.ts'
import { startRedisClusterContainer, startRedisContainer } from './redis-containers.ts'
import { startThrowAwayPostgres } from './start-throw-away-postgres.ts'
import { type TestEnvironment, templateName } from './test-environment.ts'

export interface TestServers {
  readonly environment: TestEnvironment
  stop(): Promise<void>
}

/**
 * Starts what a test run shares: one Postgres with a prepared template database and, in containers,
 * one Redis and one Redis Cluster. Stops what it started when a later step throws.
 */
export async function startTestServers(options: {
  readonly backend: TestBackend
  readonly prepareTemplate: PrepareDatabase
  /** By way of which pgbouncer the API's roles come; directly unless given. */
  readonly pgbouncer?: { readonly executable: string | null }
}): Promise<TestServers> {
  await using started = new AsyncDisposableStack()
  const database = await startTemplate(options, started)
  const redis = options.backend === 'containers' ? await startRedisServers(started) : {}
  const servers = started.move()
  const environment = { TEST_BACKEND: options.backend, ...database, ...redis }
  return { environment, stop: () => servers.disposeAsync() }
}

async function startTemplate(
  options: Parameters<typeof startTestServers>[0],
  started: AsyncDisposableStack,
) {
  const serverAdminUrl = await startPostgresServer(options.backend, started)
  const urls = await prepareDatabase(serverAdminUrl, templateName, options.prepareTemplate)
  await closeTemplate(urls.adminUrl)
  return {
    TEST_DATABASE_ADMIN_URL: urls.adminUrl,
    TEST_DATABASE_OWNER_URL: urls.ownerUrl,
    TEST_DATABASE_APP_URL: urls.appUrl,
    TEST_DATABASE_WORKER_URL: urls.workerUrl,
    TEST_DATABASE_PLATFORM_URL: urls.platformUrl,
    ...(options.pgbouncer && (await startPooler({ ...urls, ...options.pgbouncer }, started))),
  }
}

interface Pooled extends TestDatabaseUrls {
  readonly executable: string | null
}

/** The worker listens, and so comes by itself. */
async function startPooler(
  { appUrl, platformUrl, executable }: Pooled,
  started: AsyncDisposableStack,
) {
  const pooler = await launchPgbouncer({ urls: [appUrl, platformUrl], executable })
  started.defer(pooler.close)
  return {
    TEST_DATABASE_POOLER: 'transaction' as const,
    TEST_DATABASE_APP_URL: pooler.behind(appUrl),
    TEST_DATABASE_PLATFORM_URL: pooler.behind(platformUrl),
  }
}

async function startPostgresServer(
  backend: TestBackend,
  started: AsyncDisposableStack,
): Promise<string> {
  if (backend === 'containers') {
    const { adminUrl, stop } = await startPostgresContainer()
    started.defer(async () => void (await stop()))
    return adminUrl
  }
  const { adminUrl, remove } = await startThrowAwayPostgres()
  started.defer(remove)
  return adminUrl
}

async function startRedisServers(started: AsyncDisposableStack) {
  const server = await startRedisContainer()
  started.defer(async () => void (await server.stop()))
  const cluster = await startRedisClusterContainer()
  started.defer(async () => void (await cluster.stop()))
  return { TEST_REDIS_URL: server.url, TEST_REDIS_CLUSTER_URL: cluster.url }
}

// A template with a connection cannot be copied, and `prepareTemplate` may leave idle ones.
function closeTemplate(adminUrl: string): Promise<void> {
  return runAsAdmin(
    onDatabase(adminUrl, 'postgres'),
    `ALTER DATABASE ${templateName} IS_TEMPLATE true ALLOW_CONNECTIONS false`,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${templateName}'`,
  )
}
