import { readVariables } from '@repo/config'
import { listAppliedMigrations, listMigrations } from '@repo/database/migrations'
import { openRedis } from '@repo/redis'
import pg from 'pg'
import { type Finding, note, problem, type Variables, well } from './finding.ts'

const leastPostgres = 17
const patienceMs = 5_000

/** The Postgres and the Redis that the environment names, asked for real; pnpm dev has its own. */
export async function checkServers(given: Variables): Promise<readonly Finding[]> {
  const variables = await readVariables({ ...given }).catch(() => given)
  const roles = ['DATABASE_URL', 'DATABASE_PLATFORM_URL', 'DATABASE_WORKER_URL']
  const found = await Promise.all([
    ...roles.map((name) => checkPostgres(name, variables[name])),
    checkMigrations(variables),
    checkRedis(variables),
  ])
  return found.flat()
}

async function checkPostgres(name: string, url: string | undefined): Promise<readonly Finding[]> {
  if (!url) return []
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: patienceMs })
  try {
    await client.connect()
    const { rows } = await client.query(`SELECT current_setting('server_version') AS version`)
    const version = String(rows[0]?.version)
    if (Number.parseInt(version, 10) >= leastPostgres)
      return [well(`PostgreSQL ${version} lets ${name} in`)]
    return [problem(`PostgreSQL ${version} is too old.`, `${leastPostgres} or later is needed.`)]
  } catch (error) {
    return [
      problem(
        `${name}: ${sayOf(error)}`,
        'Start it, or mend host, port and log-in; roles are made by npx pnpm@12 db:provision.',
      ),
    ]
  } finally {
    await client.end().catch(() => {})
  }
}

async function checkMigrations({
  DATABASE_OWNER_URL: url,
}: Variables): Promise<readonly Finding[]> {
  if (!url) return []
  try {
    const [applied, known] = await Promise.all([listAppliedMigrations(url), listMigrations()])
    const missing = known.filter((name) => !applied.includes(name))
    const unknown = applied.filter((name) => !known.includes(name))
    if (unknown.length > 0) {
      return [
        note(
          `The database is ahead of this version by ${unknown.join(', ')}.`,
          'That is well while a newer version is rolled out.',
        ),
      ]
    }
    if (missing.length === 0) return [well('No migration is missing')]
    return [
      problem(
        `${missing.length} migrations are missing, ${missing[0]} the first.`,
        'npx pnpm@12 db:migrate',
      ),
    ]
  } catch (error) {
    return [problem(`DATABASE_OWNER_URL: ${sayOf(error)}`, 'Mend host, port and log-in.')]
  }
}

async function checkRedis(variables: Variables): Promise<readonly Finding[]> {
  const {
    REDIS_URL: server,
    UPSTASH_REDIS_REST_URL: url,
    UPSTASH_REDIS_REST_TOKEN: token = '',
  } = variables
  if (!(server || url)) return []
  const redis = openRedis({
    ...(server ? { kind: 'server', url: server } : { kind: 'upstash', url: url ?? '', token }),
    timeoutMs: patienceMs,
  })
  try {
    await redis.ping()
    return [well('Redis answers')]
  } catch (error) {
    return [
      problem(
        `Redis: ${sayOf(error)}`,
        'Start it, or mend its URL. The API serves without it, with tighter limits.',
      ),
    ]
  } finally {
    await redis.close()
  }
}

/** Without what may be in a URL. */
const sayOf = (error: unknown) =>
  (error instanceof Error
    ? error.message || String(Reflect.get(error, 'code'))
    : String(error)
  ).replaceAll(/\w+:\/\/\S+/g, 'its URL')
