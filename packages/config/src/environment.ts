import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { isProxy, proxyRule } from './cdn-networks.ts'
import { readEncryptionKeys } from './encryption-keys.ts'
import { isHttpUrl } from './is-http-url.ts'
import { isAddress, isMailbox } from './is-mailbox.ts'
import { isOwnNetwork } from './is-network.ts'
import { isTimeZone } from './is-time-zone.ts'
import { logShippingVariables } from './log-shipping.ts'
import { telemetryEnvironment, workerTelemetryEnvironment } from './telemetry.ts'
import { isWebhookSecret } from './webhook-secrets.ts'
import { port, wholeNumber } from './whole-number.ts'

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )

const missing = ({ input }: { input?: unknown }) => (input === undefined ? 'is missing' : undefined)

const canDecode = (text: string) => {
  try {
    const { username, password, hostname } = new URL(text)
    return decodeURIComponent(`${username}:${password}@${hostname}`) !== null
  } catch {
    return false
  }
}

const hasHost = ({ hostname, searchParams }: URL) =>
  hostname !== '' || Boolean(searchParams.get('host'))

const postgresUrl = z
  .string({ error: missing })
  .refine(
    (text) => /^postgres(ql)?:\/\//.test(text) && canDecode(text) && hasHost(new URL(text)),
    'must be a postgresql:// URL with a host',
  )
const redisUrl = z
  .string()
  .refine(
    (text) => text.split(',').every((node) => /^rediss?:\/\//.test(node) && canDecode(node)),
    'must be a redis:// or rediss:// URL, or a list of them',
  )
const httpUrl = z.string().refine(isHttpUrl, {
  error: 'must be an http:// or https:// URL without a user or a password',
  abort: true,
})
const origin = httpUrl
  .refine(
    (text) => `${new URL(text).origin}/` === new URL(text).href,
    'must be an origin, without a path',
  )
  .transform((text) => new URL(text).origin)

function isMailUrl(text: string): boolean {
  return /^smtps?:\/\//.test(text) ? canDecode(text) && isServer(new URL(text)) : isFolder(text)
}

/** A bucket of one name, and a region at most beside it; or a folder, in development. */
function isStorageUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text)) return isFolder(text)
  if (!canDecode(text)) return false
  const { username, password, pathname, searchParams, hash } = new URL(text)
  const isRegionAlone = [...searchParams.keys()].every((name) => name === 'region')
  const isComplete =
    username !== '' && password !== '' && /^\/[a-z0-9][a-z0-9.-]+\/?$/.test(pathname)
  return isComplete && isRegionAlone && hash === ''
}

function isScannerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, hostname, port, pathname } = new URL(text)
  if (protocol === 'unix:') return hostname === '' && pathname.length > 1
  return (
    protocol === 'tcp:' &&
    `${username}${password}${pathname}` === '' &&
    hostname !== '' &&
    port !== ''
  )
}

// An unescaped # or ? in a password would cut the URL short and name another host.
const isServer = ({ hostname, pathname, search, hash }: URL) =>
  hostname !== '' && `${pathname}${search}${hash}`.length <= 1

function isFolder(url: string): boolean {
  try {
    return /^file:\/\//.test(url) && fileURLToPath(url) !== '/'
  } catch {
    return false
  }
}

const encryptionKeys = z.string({ error: missing }).transform((text, context) => {
  const keys = readEncryptionKeys(text)
  if (keys) return keys
  context.addIssue(
    'must be a list of id:key, each key 32 bytes in base64 (openssl rand -base64 32), each id of a-z, 0-9 and -, none of them twice',
  )
  return z.NEVER
})

/** Each variable by itself; what they mean together is for transport, production-problems and redis-config. */
export const environment = z.object({
  ...telemetryEnvironment.shape,
  NODE_ENV: z
    .enum(['development', 'test', 'production'], 'must be development, test or production')
    .default('development'),
  HOST: z.string().default('localhost'),
  PORT: port.default(3000),
  BASE_URL: origin.optional(),
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  HTTP_PORT: port.optional(),
  DATABASE_URL: postgresUrl,
  DATABASE_PLATFORM_URL: postgresUrl.optional(),
  DATABASE_LOGIN: z
    .enum(['password', 'rds-iam'], 'must be password or rds-iam')
    .default('password'),
  DATABASE_POOLER: z.enum(['none', 'transaction'], 'must be none or transaction').default('none'),
  REDIS_URL: redisUrl.optional(),
  UPSTASH_REDIS_REST_URL: httpUrl.optional(),
  UPSTASH_REDIS_REST_TOKEN: z.string().optional(),
  TRUSTED_PROXIES: list.pipe(z.array(z.string().refine(isProxy, proxyRule))),
  ORIGIN_SECRETS: list.pipe(
    z.array(
      z
        .string()
        .regex(
          /^[\w-]{32,128}$/,
          'must be a list of secrets of 32 to 128 letters, digits, - and _ (openssl rand -hex 32)',
        ),
    ),
  ),
  ALLOWED_HOSTS: list.pipe(
    z.array(
      z
        .string()
        .regex(/^[\w.-]+(:\d{1,5})?$/, 'must be a list of hosts such as api.acme.test:8443'),
    ),
  ),
  CORS_ORIGINS: list.pipe(z.array(origin)),
  ENCRYPTION_KEYS: encryptionKeys,
  SMTP_URL: z
    .string({ error: missing })
    .refine(
      isMailUrl,
      'must be an smtp:// or smtps:// URL of credentials, host and port, or (in development) a file:// URL',
    ),
  MAIL_FROM: z
    .string()
    .refine(isMailbox, 'must be an address, or Name <address>')
    .default('Rampart <no-reply@localhost>'),
  SECURITY_CONTACT: z
    .string()
    .refine(
      (text) => /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(text),
      'must be a mailto: or https: address',
    )
    .optional(),
  S3_URL: z
    .string()
    .refine(
      isStorageUrl,
      'must be an https://KEY:SECRET@host/bucket URL, with ?region= where it matters, or (in development) a file:// URL',
    )
    .optional(),
  CLAMD_URL: z
    .string()
    .refine(isScannerUrl, 'must be a tcp://host:port or unix:///path URL')
    .optional(),
  API_KEY_MAX_AGE_DAYS: wholeNumber(1, 90, 'must be a number of days, 1 to 90').default(90),
  WEBHOOKS_TO_LOOPBACK: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true'),
  SECRETS_REFRESH_SECONDS: wholeNumber(
    1,
    86_400,
    'must be a number of seconds, 1 to 86400',
  ).default(300),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
      'must be trace, debug, info, warn, error or fatal',
    )
    .default('info'),
  ...logShippingVariables,
})

export type Environment = z.infer<typeof environment>

/** What the worker is told, by the same rules. */
export const workerEnvironment = environment
  .pick({
    NODE_ENV: true,
    PORT: true,
    BASE_URL: true,
    DATABASE_LOGIN: true,
    DATABASE_POOLER: true,
    ENCRYPTION_KEYS: true,
    SMTP_URL: true,
    MAIL_FROM: true,
    S3_URL: true,
    API_KEY_MAX_AGE_DAYS: true,
    WEBHOOKS_TO_LOOPBACK: true,
    SECRETS_REFRESH_SECONDS: true,
    LOG_LEVEL: true,
  })
  .extend({
    ...logShippingVariables,
    ...workerTelemetryEnvironment.shape,
    DATABASE_WORKER_URL: postgresUrl,
    ALERT_WEBHOOK_URL: httpUrl.optional(),
    ALERT_WEBHOOK_SECRETS: list.pipe(
      z.array(
        z
          .string()
          .refine(
            isWebhookSecret,
            'must be a list of secrets, each 32 bytes or more in base64 (openssl rand -base64 32)',
          ),
      ),
    ),
    ALERT_SLACK_URL: httpUrl.optional(),
    ALERT_PAGERDUTY_KEY: z
      .string()
      .regex(/^[A-Za-z0-9]{32}$/, 'must be an integration key of 32 letters and digits')
      .optional(),
    ALERT_PAGERDUTY_URL: httpUrl.optional(),
    ALERT_EMAILS: list.pipe(z.array(z.string().refine(isAddress, 'must be a list of addresses'))),
    DIGEST_EMAILS: list.pipe(z.array(z.string().refine(isAddress, 'must be a list of addresses'))),
    DIGEST_TIME_ZONE: z
      .string()
      .refine(isTimeZone, 'must be the name of a time zone, such as Europe/Berlin')
      .default('UTC'),
    OUTBOUND_ALLOWED_NETWORKS: list.pipe(
      z.array(
        z
          .string()
          .refine(
            isOwnNetwork,
            'must be a list of addresses and CIDRs of at least 8 bits (IPv6: 7), as wide as the widest private one',
          ),
      ),
    ),
    KEY_ROTATION_DAYS: wholeNumber(2, 90, 'must be a number of days, 2 to 90').default(90),
    AUDIT_RETENTION_DAYS: wholeNumber(30, 36_500, 'must be a number of days, 30 to 36500').default(
      400,
    ),
  })

export type WorkerEnvironment = z.infer<typeof workerEnvironment>
