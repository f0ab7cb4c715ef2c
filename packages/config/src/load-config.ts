import { ConfigError } from './config-error.ts'
import { findLogInProblems, readRdsRegion, toDatabaseUrl } from './database-log-in.ts'
import { type Environment, environment } from './environment.ts'
import {
  type ExternalProviderConfig,
  findProviderProblems,
  readExternalProviders,
} from './external-providers.ts'
import { findLogShippingProblems, type LogShippingConfig, readLogShipping } from './log-shipping.ts'
import { findProductionProblems } from './production-problems.ts'
import { findProxyProblems, type ProxyConfig, readProxies } from './proxies.ts'
import { type RedisConfig, readRedis, type Variables } from './redis-config.ts'
import { Secret } from './secret.ts'
import type { ReadReferences } from './sources/read-references.ts'
import { readTelemetry, type TelemetryConfig } from './telemetry.ts'
import type { TlsFiles } from './tls-files.ts'
import { baseUrlOf, findTransportProblems, tlsFilesOf } from './transport.ts'

/** Everything the process is told from outside, checked and frozen. */
export interface Config extends ProxyConfig, TelemetryConfig {
  readonly nodeEnv: Environment['NODE_ENV']
  readonly host: string
  readonly port: number
  /** The origin at which the outside reaches this API; links, redirects and the cookie's form come from it alone. */
  readonly baseUrl: string
  /** HTTPS in process; null where a proxy speaks it, or in development nobody. */
  readonly tls: TlsFiles | null
  /** Where plain HTTP is answered beside HTTPS in process; null for nowhere. */
  readonly httpPort: number | null
  /** The hosts that this API answers for, `host` or `host:port` in lower case; the one of `baseUrl` is first. */
  readonly allowedHosts: readonly string[]
  readonly databaseUrl: Secret
  /** The way of administrators of the platform alone; null where this process serves none. */
  readonly databasePlatformUrl: Secret | null
  /** Where roles log in by tokens of RDS; null where by the passwords of their URLs. */
  readonly rdsRegion: string | null
  readonly databasePooler: 'none' | 'transaction'
  readonly redis: RedisConfig
  readonly corsOrigins: readonly string[]
  /** How often files and secrets are read anew, a tenth sooner or later. */
  readonly secretsRefreshSeconds: number
  readonly logLevel: Environment['LOG_LEVEL']
  /** Where the log goes beside standard output. */
  readonly logShipping: LogShippingConfig
  /** 32 bytes each, in base64; the first encrypts. */
  readonly encryptionKeys: readonly { readonly id: string; readonly key: Secret }[]
  /** A mail server, or in development the folder that keeps the mails (`file:`). */
  readonly smtpUrl: Secret
  /** An address, or `Name <address>`. */
  readonly mailFrom: string
  /** Where to report a vulnerability: a mailto: or https: address; the sender of mails by default. */
  readonly securityContact: string
  /** Where files are kept: a bucket, or in development a folder (`file:`); null where none are. */
  readonly s3Url: Secret | null
  /** Who scans them; null where nobody does, which production allows only without files. */
  readonly clamdUrl: string | null
  /** 1 to 90; 30 or less declares a high-risk environment. */
  readonly apiKeyMaxAgeDays: number
  /** Whether customers' webhooks may go to this machine, by plain HTTP too; never in production. */
  readonly webhooksToLoopback: boolean
  /** Whom people may log in with, beside us. */
  readonly externalProviders: readonly ExternalProviderConfig[]
}

/** What the variables say; throws ConfigError with every problem at once, those of `unread` first. */
export function loadConfig(
  source: Variables = process.env,
  unread: ReadReferences['problems'] = new Map(),
): Config {
  const given = withoutEmpty(source)
  const { data, error } = environment.safeParse(given)
  const redis = readRedis(given)
  const problems = [
    ...(error?.issues.map(({ path, message }) => `${String(path[0])} ${message}.`) ?? []),
    ...(typeof redis === 'string' ? [redis] : []),
    ...findProviderProblems(given),
    ...findProxyProblems(given),
    ...findLogInProblems(given),
    ...findLogShippingProblems(given),
    ...findTransportProblems(given, new Date()),
    ...(given['NODE_ENV'] === 'production' ? findProductionProblems(given) : []),
  ]
  if (!data || typeof redis === 'string' || problems.length + unread.size > 0) {
    throw new ConfigError(withUnread(problems, unread))
  }
  return toConfig(data, redis, readExternalProviders(given))
}

function toConfig(
  values: Environment,
  redis: RedisConfig,
  externalProviders: Config['externalProviders'],
): Config {
  const baseUrl = baseUrlOf(values)
  return Object.freeze({
    nodeEnv: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    baseUrl,
    tls: tlsFilesOf(values),
    httpPort: values.HTTP_PORT ?? null,
    allowedHosts: Object.freeze(findAllowedHosts(baseUrl, values)),
    databaseUrl: toDatabaseUrl(values.DATABASE_URL, values),
    databasePlatformUrl:
      values.DATABASE_PLATFORM_URL === undefined
        ? null
        : toDatabaseUrl(values.DATABASE_PLATFORM_URL, values),
    rdsRegion: readRdsRegion(values),
    databasePooler: values.DATABASE_POOLER,
    redis,
    ...readProxies(values),
    corsOrigins: Object.freeze(values.CORS_ORIGINS),
    secretsRefreshSeconds: values.SECRETS_REFRESH_SECONDS,
    logLevel: values.LOG_LEVEL,
    logShipping: readLogShipping(values),
    ...readTelemetry(values, values.METRICS_PORT),
    encryptionKeys: toEncryptionKeys(values),
    smtpUrl: new Secret(values.SMTP_URL),
    mailFrom: values.MAIL_FROM,
    securityContact: values.SECURITY_CONTACT ?? `mailto:${addressOf(values.MAIL_FROM)}`,
    s3Url: toSecret(values.S3_URL),
    clamdUrl: values.CLAMD_URL ?? null,
    apiKeyMaxAgeDays: values.API_KEY_MAX_AGE_DAYS,
    webhooksToLoopback: values.WEBHOOKS_TO_LOOPBACK,
    externalProviders: Object.freeze(externalProviders),
  })
}

/** That a variable is missing says nothing new where its value could not be read. */
export const withUnread = (
  problems: readonly string[],
  unread: ReadReferences['problems'],
): readonly string[] => [
  ...unread.values(),
  ...new Set(problems.filter((problem) => !unread.has(problem.split(/[ ',]/)[0] ?? ''))),
]

/** An empty variable is one that is not set. */
export const withoutEmpty = (source: Variables): Variables =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))

export const toEncryptionKeys = ({ ENCRYPTION_KEYS }: Pick<Environment, 'ENCRYPTION_KEYS'>) =>
  Object.freeze(ENCRYPTION_KEYS.map(({ id, key }) => Object.freeze({ id, key: new Secret(key) })))

const addressOf = (mailbox: string) => /<([^<>]+)>$/.exec(mailbox)?.[1] ?? mailbox

export const toSecret = (value: string | undefined) =>
  value === undefined ? null : new Secret(value)

function findAllowedHosts(baseUrl: string, { NODE_ENV, PORT, ALLOWED_HOSTS }: Environment) {
  // Whoever develops may say any name of this machine; none of them can be rebound by a DNS server.
  const loopback = ['localhost', '127.0.0.1', '[::1]'].map((host) => `${host}:${PORT}`)
  const named = ALLOWED_HOSTS.map((host) => host.toLowerCase())
  const local = NODE_ENV === 'production' ? [] : loopback
  return [...new Set([new URL(baseUrl).host, ...named, ...local])]
}
