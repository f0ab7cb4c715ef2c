import pg from 'pg'
import { connectAgain, type LogIn, toPoolConfig } from './current-log-in.ts'
import { readPoolSettings } from './pool-settings.ts'
import { currentRowScope } from './scope.ts'
import { ScopedQuery, scopeStatement } from './scoped-query.ts'
import { inStatementSpan } from './statement-span.ts'

export interface PoolOptions extends LogIn {
  /** URL of the serving role; `connection_limit` and `pool_timeout` as Prisma knows them. */
  readonly url: string
  /** `transaction` behind a pooler that may change the connection between transactions. */
  readonly pooler?: 'none' | 'transaction'
  /** Where the URL does not say; 10 by default. */
  readonly maxConnections?: number
  /** When a statement is given up that the server does not; 6 s by default, just over the serving role's own limit. */
  readonly queryTimeoutMs?: number
  /** When a connection is replaced by a new one, once it is idle; 15 minutes by default. */
  readonly lifetimeSeconds?: number
  readonly onError?: (error: Error) => void
}

type Send = (query: pg.QueryConfig | pg.Submittable) => Promise<pg.QueryResult>

const defaultConnections = 10
// Who was let in by a log-in that is no more goes too: the shortest that is given lasts as long (G36).
const defaultLifetimeSeconds = 15 * 60
// For a server that accepts and never answers.
const defaultQueryTimeoutMs = 6_000

/** A pool whose queries carry the row scope they were asked in, each in its own round trip. */
export function createScopedPool(options: PoolOptions): pg.Pool {
  const named = options.pooler !== 'transaction'
  const { maxConnections, waitSeconds } = readPoolSettings(options.url)
  const pool = new pg.Pool({
    ...toPoolConfig(options),
    query_timeout: options.queryTimeoutMs ?? defaultQueryTimeoutMs,
    keepAlive: true,
    max: maxConnections ?? options.maxConnections ?? defaultConnections,
    connectionTimeoutMillis: waitSeconds * 1_000,
    maxLifetimeSeconds: options.lifetimeSeconds ?? defaultLifetimeSeconds,
    application_name: 'rampart',
    ...(named ? { onConnect: prepareScopeStatement } : {}),
  })
  pool.on('error', (error) => options.onError?.(error))
  if (options.onLogInRefused) connectAgain(pool, options.onLogInRefused)
  const send: Send = pool.query.bind(pool)
  // The scope is read here: a query that waits for a connection is sent from the asynchronous
  // context of the request that frees one.
  const query = (config: pg.QueryConfig) => {
    const scope = currentRowScope()
    return inStatementSpan(
      () => config,
      () => send(scope ? new ScopedQuery(config, scope, { named }) : config),
    )
  }
  return Object.assign(pool, { query })
}

const prepareScopeStatement = (client: pg.ClientBase) =>
  client.query({ ...scopeStatement, values: ['', ''] })
