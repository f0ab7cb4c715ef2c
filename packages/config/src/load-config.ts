import { type Environment, environment } from './environment.ts'
import { productionProblems } from './production.ts'
import { Secret } from './secret.ts'

/** Everything the process is told from outside, checked and frozen. */
export interface Config {
  readonly nodeEnv: Environment['NODE_ENV']
  readonly host: string
  readonly port: number
  /** Where the outside reaches this API; links, redirects and the cookie's form come from it alone. */
  readonly baseUrl: string
  readonly databaseUrl: Secret
  readonly databasePooler: 'none' | 'transaction'
  readonly redis: RedisConfig
  /** Whose X-Forwarded-For counts; nobody's by default. */
  readonly trustedProxies: readonly string[]
  readonly corsOrigins: readonly string[]
  readonly logLevel: Environment['LOG_LEVEL']
}

export type RedisConfig =
  | { readonly kind: 'server'; readonly url: Secret }
  | { readonly kind: 'upstash'; readonly url: string; readonly token: Secret }

/** What is wrong with the environment, all of it; no sentence holds a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The environment is not fit to start with:\n  ${problems.join('\n  ')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Reads the environment once; throws ConfigError with every problem at once. */
export function loadConfig(
  source: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  // An empty variable is one that is not set.
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const sentences = parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`)
    throw new ConfigError([...new Set(sentences)])
  }
  const values = parsed.data
  const databaseUrl = values.DATABASE_URL
  const redis = redisOf(values)
  const problems = [
    ...(databaseUrl ? [] : ['DATABASE_URL: is missing']),
    ...(typeof redis === 'string' ? [redis] : []),
    ...(values.NODE_ENV === 'production' ? productionProblems(values) : []),
  ]
  if (problems.length > 0 || !databaseUrl || typeof redis === 'string')
    throw new ConfigError(problems)
  return Object.freeze({
    nodeEnv: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    baseUrl: values.BASE_URL ?? `http://${values.HOST}:${values.PORT}`,
    databaseUrl: new Secret(databaseUrl),
    databasePooler: values.DATABASE_POOLER,
    redis: Object.freeze(redis),
    trustedProxies: Object.freeze(values.TRUSTED_PROXIES),
    corsOrigins: Object.freeze(values.CORS_ORIGINS),
    logLevel: values.LOG_LEVEL,
  })
}

function redisOf(values: Environment): RedisConfig | string {
  const { REDIS_URL, UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = values
  if (REDIS_URL && (url || token)) return 'REDIS_URL and UPSTASH_REDIS_REST_URL: give one of them'
  if (REDIS_URL) return { kind: 'server', url: new Secret(REDIS_URL) }
  if (url && token) return { kind: 'upstash', url, token: new Secret(token) }
  if (url) return 'UPSTASH_REDIS_REST_TOKEN: is missing'
  if (token) return 'UPSTASH_REDIS_REST_URL: is missing'
  return 'REDIS_URL, or UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN: is missing'
}
