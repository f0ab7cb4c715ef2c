import {
  type AuditLog,
  type AuditOverview,
  type AuditReader,
  createAuditLog,
  createAuditOverview,
  createAuditReader,
  createDigestDesk,
  createOrganizationAuditReader,
  type DigestDesk,
  type OrganizationAuditReader,
} from '@repo/audit'
import {
  type Accounts,
  type ApiKeys,
  createAccounts,
  createApiKeys,
  createCookieEncryption,
  createInvitations,
  createKnownBrowsers,
  createLuciaSessions,
  createOAuthLogin,
  createOAuthServer,
  createOrganizations,
  createPasskeys,
  createPlatform,
  createSecondFactors,
  createSessionStore,
  type Invitations,
  type KeyPurpose,
  type KnownBrowsers,
  type OAuthLogin,
  type OAuthServer,
  type Organizations,
  openRotatingKeys,
  type Passkeys,
  type Platform,
  type SecondFactors,
  type SessionStore,
  type Sessions,
  type SessionsOptions,
} from '@repo/auth'
import { type Config, fixedConfig, type OpenConfig } from '@repo/config'
import {
  type AddressBlocks,
  type AlertDesk,
  createAlertDesk,
  type Detection,
} from '@repo/detection'
import { openEncryption } from '@repo/encryption'
import { AppError } from '@repo/errors'
import { createScanner, openStorage } from '@repo/files'
import { createIdempotency, type Idempotency } from '@repo/idempotency'
import { createJobSender } from '@repo/jobs'
import { createLogger, type Logger } from '@repo/logging'
import { createMailer } from '@repo/mail'
import { type OwnedDatabase, openOwnedDatabase, openPlatformDatabase } from '@repo/ownership'
import type { Limiter } from '@repo/rate-limit'
import type { RedisConnection } from '@repo/redis'
import { openTracing, type Tracing } from '@repo/telemetry'
import { createWebhookOutbound, createWebhooks, type Webhooks } from '@repo/webhooks'
import { createBackground } from './background.ts'
import { interactionPath, writeErrorPage } from './edge/oauth/sign-in-pages.ts'
import type { FileServices } from './file-keeper.ts'
import { createMetrics, type Metrics } from './metrics/create-metrics.ts'
import { observeServices } from './metrics/observe-services.ts'
import { openDetection } from './open-detection.ts'
import { mayMail, openLimiter } from './open-limiter.ts'
import { endpointsByPlan, seatsByPlan } from './plans.ts'
import { createProxies, type Proxies } from './proxies.ts'

/** Every package, built once from the configuration; the only place where they meet. */
export interface Services {
  readonly config: Config
  readonly proxies: Proxies
  readonly clock: () => Date
  readonly logger: Logger
  readonly metrics: Metrics
  /** Null where traces go nowhere. */
  readonly tracing: Tracing | null
  readonly database: OwnedDatabase
  readonly redis: RedisConnection
  readonly limiter: Limiter
  readonly audit: AuditLog
  /** What happened in one organization, for its members; a door says for whom. */
  readonly auditTrail: OrganizationAuditReader
  readonly blocks: AddressBlocks
  readonly detection: Detection
  readonly sessions: Sessions
  readonly knownBrowsers: KnownBrowsers
  readonly sessionStore: SessionStore
  readonly accounts: Accounts
  readonly organizations: Organizations
  readonly invitations: Invitations
  readonly secondFactors: SecondFactors
  readonly passkeys: Passkeys
  readonly apiKeys: ApiKeys
  readonly oauth: OAuthServer
  readonly oauthLogin: OAuthLogin
  readonly idempotency: Idempotency
  readonly webhooks: Webhooks
  /** What the platform's administrators do across tenants; null where this process serves none. */
  readonly platform:
    | (Platform & {
        readonly auditEvents: AuditReader
        readonly auditOverview: AuditOverview
        readonly digests: DigestDesk
        readonly alerts: AlertDesk
      })
    | null
  /** Null where the configuration names no storage. */
  readonly files: FileServices | null
  close(): Promise<void>
}

/** What is used as it is now; every other variable as it was at the start. */
export const liveVariables: ReadonlySet<string> = new Set([
  'DATABASE_PLATFORM_URL',
  'DATABASE_URL',
  'ENCRYPTION_KEYS',
])

export interface ServiceOptions {
  /** The configuration as it changes; as it was given by default. */
  readonly secrets?: OpenConfig<Config>
  readonly clock?: () => Date
  readonly logger?: Logger
  /** Lucia's, or the plain ones that can take its place. */
  readonly createSessions?: (options: SessionsOptions) => Sessions
  /** How long a decision of the limiter waits for Redis; 250 ms by default. */
  readonly redisTimeoutMs?: number
}

/** Throws when the database's role could walk past row-level security, or Postgres cannot be reached. */
export async function createServices(
  config: Config,
  {
    clock = () => new Date(),
    logger = createLogger({ level: config.logLevel }),
    createSessions = createLuciaSessions,
    redisTimeoutMs,
    secrets = fixedConfig(config),
  }: ServiceOptions = {},
): Promise<Services> {
  const metrics = createMetrics()
  const tracing = await openTracing(config, { service: 'rampart-api', logger })
  const { owned, platformDatabase } = await openDatabases(secrets, logger)
  const { database } = owned
  const { redis, limiter } = openLimiter(config, { logger, metrics }, redisTimeoutMs)
  const audit = createAuditLog({
    database,
    onError: (error, dropped) => logger.error({ err: error, dropped }, 'audit events wait'),
  })
  const background = createBackground(logger)
  const { baseUrl, apiKeyMaxAgeDays: keyMaxAgeDays } = config
  const sessionStore = createSessionStore({ database, clock })
  const encryption = openEncryption(secrets)
  const mailer = createMailer({ jobs: createJobSender(database), encryption, clock })
  const openKeys = (purpose: KeyPurpose) =>
    openRotatingKeys({
      ...{ database, encryption, clock, purpose },
      onError: (error) => logger.error({ err: error, purpose }, 'keys could not be read anew'),
    })
  const [signingKeys, cookieKeys] = await Promise.all([openKeys('signing'), openKeys('cookie')])
  const cookieEncryption = createCookieEncryption(cookieKeys)
  const oauth = createOAuthServer({
    database,
    signingKeys,
    encryption,
    clock,
    baseUrl,
    interactionPath,
    renderError: writeErrorPage,
  })
  const accounts = createAccounts({
    database,
    clock,
    mailer,
    baseUrl,
    mayMail: (email, isStray) => mayMail(limiter, email, isStray),
    inBackground: background.run,
  })
  const { mails } = accounts
  const secureCookies = baseUrl.startsWith('https:')
  const { blocks, detection } = openDetection({
    ...{ database, clock, limiter, audit, logger, metrics },
    redis: redis.client,
  })
  await blocks.refresh()
  const pools = { app: database, ...(platformDatabase && { platform: platformDatabase }) }
  observeServices(metrics.meter, { audit, blocks, detection, logger, pools, secrets, tracing })
  return {
    config,
    proxies: createProxies(config),
    clock,
    logger,
    metrics,
    tracing,
    database: owned,
    redis,
    limiter,
    audit,
    auditTrail: createOrganizationAuditReader(database),
    sessionStore,
    blocks,
    detection,
    sessions: createSessions({ store: sessionStore, secureCookies }),
    knownBrowsers: createKnownBrowsers({ encryption: cookieEncryption, clock, secureCookies }),
    accounts,
    organizations: createOrganizations({ database, clock }),
    invitations: createInvitations({ database, clock, mails, seats: seatsByPlan }),
    secondFactors: createSecondFactors({ database, clock, encryption }),
    passkeys: createPasskeys({ database, clock, baseUrl }),
    oauth,
    oauthLogin: createOAuthLogin({
      ...{ database, encryption: cookieEncryption, clock, baseUrl, mails },
      providers: config.externalProviders.map((provider) => ({
        ...provider,
        clientSecret: provider.clientSecret.reveal(),
      })),
      onRefused: (error, provider) =>
        logger.warn({ err: error, provider }, 'an answer of a log-in provider was refused'),
    }),
    idempotency: createIdempotency({ database, clock }),
    webhooks: createWebhooks({
      ...{ database, encryption, clock, endpointsByPlan },
      outbound: createWebhookOutbound({ toLoopback: config.webhooksToLoopback }),
    }),
    platform: platformDatabase && {
      ...createPlatform({ database, platform: platformDatabase, clock, mails, keyMaxAgeDays }),
      auditEvents: createAuditReader(platformDatabase),
      auditOverview: createAuditOverview(platformDatabase),
      digests: createDigestDesk({ platform: platformDatabase, clock, keyMaxAgeDays }),
      alerts: createAlertDesk({ platform: platformDatabase, clock }),
    },
    files: openFiles(config),
    apiKeys: createApiKeys({ database, clock, maxAgeDays: keyMaxAgeDays }),
    async close() {
      secrets.close()
      blocks.close()
      signingKeys.close()
      cookieKeys.close()
      await Promise.all([background.settled(), detection.close()])
      await audit.close()
      await Promise.all([
        ...[database.close(), platformDatabase?.close(), redis.close()],
        tracing?.close(),
      ])
    },
  }
}

async function openDatabases({ current, refresh }: OpenConfig<Config>, logger: Logger) {
  const config = current()
  const options = {
    rdsRegion: config.rdsRegion,
    pooler: config.databasePooler,
    onLogInRefused: refresh,
    onError: (error: Error) => logger.warn({ err: error }, 'an idle database connection broke'),
  }
  const owned = await openOwnedDatabase({
    ...options,
    url: config.databaseUrl.reveal(),
    currentUrl: () => current().databaseUrl.reveal(),
  }).catch(explainDatabase('DATABASE_URL'))
  const url = config.databasePlatformUrl?.reveal()
  if (url === undefined) return { owned, platformDatabase: null }
  const currentUrl = () => current().databasePlatformUrl?.reveal() ?? url
  const platformDatabase = await openPlatformDatabase(
    { ...options, url, currentUrl },
    owned.database,
  ).catch(async (error) => {
    await owned.database.close()
    return explainDatabase('DATABASE_PLATFORM_URL')(error)
  })
  return { owned, platformDatabase }
}

/** The words of a refusal are for callers; whoever starts the API needs to know what to mend. */
const explainDatabase = (variable: string) => (error: unknown) => {
  if (!(error instanceof AppError)) throw error
  const what = error.code === 'unavailable' ? 'cannot be reached' : 'refused the serving role'
  throw new Error(`The Postgres of ${variable} ${what}.`, { cause: error })
}

/** Without a scanner, which production does not start without, everything is taken for clean. */
function openFiles({ s3Url, clamdUrl }: Config): FileServices | null {
  if (s3Url === null) return null
  const scan = clamdUrl === null ? async () => 'clean' as const : createScanner(clamdUrl)
  return { storage: openStorage(s3Url.reveal()), scan }
}
