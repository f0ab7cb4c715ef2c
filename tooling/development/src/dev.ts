import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { readEncryptionKeys } from './encryption-keys.ts'
import { migrate } from './migrate.ts'
import { type OpenPostgres, openPostgres } from './open-postgres.ts'
import { openRedis } from './open-redis.ts'
import { chooseMetricsPort, readBaseUrl, readPort, requireFreePort } from './port.ts'
import { runProgram } from './run-program.ts'
import { appRedirectUri } from './seed-oauth-clients.ts'
import { seedOnce } from './seed-once.ts'
import { failWith } from './setup-error.ts'
import { apiEntry, readArguments, type StateFolder, workerEntry } from './state-folder.ts'
import { untilReady } from './until-ready.ts'

const stopAsked = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => once(process, name)))
let isStopping = false
void stopAsked.then(() => {
  isStopping = true
})

/** `pnpm dev`: Postgres, Redis, migrations, seed, and the API and the worker with reload; Ctrl-C ends all of it. */
async function dev(folder: StateFolder): Promise<void> {
  await using running = new AsyncDisposableStack()
  const port = readPort(process.env['PORT'])
  await requireFreePort(port)
  const baseUrl = readBaseUrl(port)
  const postgres = await openPostgres(folder)
  running.defer(() => postgres.stop())
  const redis = await openRedis()
  running.defer(() => redis.stop())
  await migrate(postgres)
  const hasLogIns = await seedOnce(folder, postgres, baseUrl)
  if (isStopping) return
  const encryptionKeys = await readEncryptionKeys(folder)
  const smtpUrl = process.env['SMTP_URL'] || pathToFileURL(folder.outbox).href
  const s3Url = process.env['S3_URL'] || pathToFileURL(folder.files).href
  const settings = { port, baseUrl, encryptionKeys, smtpUrl, s3Url }
  const environment = {
    ...environmentOf({ ...settings, postgres, redis: redis.environment }),
    METRICS_PORT: await chooseMetricsPort(process.env['METRICS_PORT'], 9_464),
    WORKER_METRICS_PORT: await chooseMetricsPort(process.env['WORKER_METRICS_PORT'], 9_465),
  }
  const api = runProgram({ name: 'The API', entry: apiEntry, environment })
  running.defer(() => api.stop())
  const { workerUrl } = postgres
  if (workerUrl) {
    const worker = runProgram({ name: 'The worker', entry: workerEntry, environment })
    running.defer(() => worker.stop())
  }
  const isReady = await Promise.race([untilReady(port), stopAsked.then(() => false)])
  const credentials = hasLogIns ? folder.credentials : null
  if (isReady) announce({ baseUrl, smtpUrl, credentials, hasWorker: workerUrl !== '' })
  await stopAsked
  console.log('\nStopping …')
}

function environmentOf(options: {
  readonly port: number
  readonly baseUrl: string
  readonly encryptionKeys: string
  readonly smtpUrl: string
  readonly s3Url: string
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
    DATABASE_PLATFORM_URL: options.postgres.platformUrl ?? undefined,
    DATABASE_WORKER_URL: options.postgres.workerUrl,
    ENCRYPTION_KEYS: options.encryptionKeys,
    SMTP_URL: options.smtpUrl,
    S3_URL: options.s3Url,
    // Where whoever develops has their receivers.
    WEBHOOKS_TO_LOOPBACK: process.env['WEBHOOKS_TO_LOOPBACK'] || 'true',
    // Where the seeded app is served, for its scripts to call the API.
    CORS_ORIGINS: process.env['CORS_ORIGINS'] || new URL(appRedirectUri).origin,
  }
}

function announce({
  baseUrl,
  smtpUrl,
  credentials,
  hasWorker,
}: {
  readonly baseUrl: string
  readonly smtpUrl: string
  readonly credentials: string | null
  readonly hasWorker: boolean
}): void {
  const sent = smtpUrl.startsWith('file:') ? `${baseUrl}/outbox` : 'sent by the server of SMTP_URL'
  const lines = [
    `API      ${baseUrl}`,
    `Docs     ${baseUrl}/docs`,
    `Mails    ${hasWorker ? sent : 'wait: without DATABASE_WORKER_URL there is no worker'}`,
    `Security ${baseUrl}/admin`,
    `Log-ins  ${credentials ?? 'none: your database was not seeded'}`,
    'Ctrl-C stops everything.',
  ]
  console.log(`\n  ${lines.join('\n  ')}\n`)
}

const { folder } = readArguments(process.argv.slice(2))
// What fails because everything is being stopped needs no words.
await dev(folder).catch((error) => (isStopping ? undefined : failWith(error)))
process.exit()
