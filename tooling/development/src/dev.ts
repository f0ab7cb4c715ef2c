import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { credentialsFile, readCredentials, writeCredentials } from './credentials.ts'
import { migrate } from './migrate.ts'
import { type OpenPostgres, openPostgres } from './open-postgres.ts'
import { openRedis } from './open-redis.ts'
import { readPort, requireFreePort } from './port.ts'
import { runApi } from './run-api.ts'
import { isEmpty, seed } from './seed.ts'
import { failWith } from './setup-error.ts'

/** `pnpm dev`: Postgres, Redis, migrations, seed and the API with reload; Ctrl-C ends all of it. */
async function dev(): Promise<void> {
  await using running = new AsyncDisposableStack()
  const stopAsked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const port = readPort(process.env['PORT'])
  await requireFreePort(port)
  const baseUrl = process.env['BASE_URL'] ?? `http://localhost:${port}`
  const [postgres, redis] = await Promise.all([openPostgres(), openRedis()])
  running.defer(() => postgres.stop())
  running.defer(() => redis.stop())
  await migrate(postgres.ownerUrl)
  const hasLogIns = await seedOnce(postgres, baseUrl)
  const api = runApi(environmentOf({ port, baseUrl, postgres, redis: redis.environment }))
  running.defer(() => api.stop())
  const isReady = await Promise.race([untilReady(baseUrl), stopAsked.then(() => false)])
  if (isReady) announce(baseUrl, hasLogIns)
  await stopAsked
  console.log('\nStopping …')
}

function environmentOf(options: {
  readonly port: number
  readonly baseUrl: string
  readonly postgres: OpenPostgres
  readonly redis: NodeJS.ProcessEnv
}): NodeJS.ProcessEnv {
  const { DATABASE_OWNER_URL: _, ...inherited } = process.env
  return {
    ...inherited,
    ...options.redis,
    NODE_ENV: 'development',
    PORT: String(options.port),
    BASE_URL: options.baseUrl,
    DATABASE_URL: options.postgres.appUrl,
  }
}

/** Seeds an empty database, and the embedded one whose log-ins were lost; never somebody's own data. */
async function seedOnce(postgres: OpenPostgres, baseUrl: string): Promise<boolean> {
  const known = await readCredentials()
  const empty = await isEmpty(postgres.ownerUrl)
  if (empty || (!known && postgres.isEmbedded)) {
    await writeCredentials(await seed(postgres.ownerUrl, baseUrl))
    return true
  }
  if (known && known.baseUrl !== baseUrl) await writeCredentials({ ...known, baseUrl })
  return known !== null
}

async function untilReady(baseUrl: string): Promise<boolean> {
  for (;;) {
    const response = await fetch(new URL('/readyz', baseUrl)).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok) return true
    await sleep(100)
  }
}

function announce(baseUrl: string, hasLogIns: boolean): void {
  const logIns = hasLogIns ? credentialsFile : 'none: your database was not seeded'
  const lines = [
    `API      ${baseUrl}`,
    `Docs     ${baseUrl}/docs`,
    `Log-ins  ${logIns}`,
    'Ctrl-C stops everything.',
  ]
  console.log(`\n  ${lines.join('\n  ')}\n`)
}

await dev().catch(failWith)
process.exit()
