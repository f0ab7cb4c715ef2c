import { type AuditLog, createAuditLog } from '@repo/audit'
import {
  createPasswordLogin,
  createPasswords,
  createSessionStore,
  createSessions,
  type PasswordLogin,
  type Sessions,
} from '@repo/auth'
import type { Config } from '@repo/config'
import { AppError } from '@repo/errors'
import { createLogger, type Logger } from '@repo/logging'
import { type OwnedDatabase, openOwnedDatabase } from '@repo/ownership'
import { createLimiter, type Limiter } from '@repo/rate-limit'
import { isEmbeddedToken, openRedis, type RedisConnection } from '@repo/redis'

/** Every package, built once from the configuration; the only place where they meet. */
export interface Services {
  readonly config: Config
  readonly logger: Logger
  readonly database: OwnedDatabase
  readonly redis: RedisConnection
  readonly limiter: Limiter
  readonly audit: AuditLog
  readonly sessions: Sessions
  readonly passwordLogin: PasswordLogin
  close(): Promise<void>
}

export interface ServiceOptions {
  readonly clock?: () => Date
  readonly logger?: Logger
}

/** Throws when the database's role could walk past row-level security, or Postgres cannot be reached. */
export async function createServices(
  config: Config,
  {
    clock = () => new Date(),
    logger = createLogger({ level: config.logLevel }),
  }: ServiceOptions = {},
): Promise<Services> {
  const owned = await openOwnedDatabase({
    url: config.databaseUrl.reveal(),
    pooler: config.databasePooler,
    onError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
  }).catch(explainDatabase)
  const { database } = owned
  const timeoutMs = redisTimeoutMs(config)
  const redis = openRedis({ ...redisOptions(config), timeoutMs })
  const limiter = createLimiter({
    redis: redis.client,
    timeoutMs,
    onDegraded: (error) => logger.error({ err: error }, 'rate limits fall back to this process'),
    onRecovered: () => logger.info('rate limits are shared again'),
  })
  const audit = createAuditLog({
    database,
    onError: (error, dropped) => logger.error({ err: error, dropped }, 'audit events wait'),
  })
  const store = createSessionStore({ database, clock })
  return {
    config,
    logger,
    database: owned,
    redis,
    limiter,
    audit,
    sessions: createSessions({ store, secureCookies: config.baseUrl.startsWith('https:') }),
    passwordLogin: createPasswordLogin({ database, passwords: createPasswords() }),
    async close() {
      await audit.close()
      await Promise.all([database.close(), redis.close()])
    },
  }
}

/** The words of a refusal are for callers; whoever starts the API needs to know what to mend. */
function explainDatabase(error: unknown): never {
  if (!(error instanceof AppError)) throw error
  const what = error.code === 'unavailable' ? 'cannot be reached' : 'refused the serving role'
  throw new Error(`The Postgres of DATABASE_URL ${what}.`, { cause: error })
}

function redisOptions({ redis }: Config): Parameters<typeof openRedis>[0] {
  return redis.kind === 'server'
    ? { kind: 'server', url: redis.url.reveal() }
    : { kind: 'upstash', url: redis.url, token: redis.token.reveal() }
}

/** A decision is made within 250 ms whatever Redis does; the embedded one is slow, and only for development. */
function redisTimeoutMs({ redis }: Config): number {
  return redis.kind === 'upstash' && isEmbeddedToken(redis.token.reveal()) ? 2_000 : 250
}
