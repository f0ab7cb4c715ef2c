import {
  type AuditLog,
  type AuditReader,
  createAuditLog,
  createAuditReader,
  createOrganizationAuditReader,
  type OrganizationAuditReader,
} from '@repo/audit'
import {
  type Accounts,
  type ApiKeys,
  createAccounts,
  createApiKeys,
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
  type KnownBrowsers,
  type OAuthLogin,
  type OAuthServer,
  type Organizations,
  type Passkeys,
  type Platform,
  type SecondFactors,
  type SessionStore,
  type Sessions,
  type SessionsOptions,
} from '@repo/auth'
import type { Config } from '@repo/config'
import {
  type AddressBlocks,
  type AlertDesk,
  createAlertDesk,
  type Detection,
} from '@repo/detection'
import { createEncryption } from '@repo/encryption'
import { AppError } from '@repo/errors'
import { createScanner, openStorage } from '@repo/files'
import { createIdempotency, type Idempotency } from '@repo/idempotency'
import { createJobSender } from '@repo/jobs'
import { createLogger, type Logger } from '@repo/logging'
import { createMailer } from '@repo/mail'
import { type OwnedDatabase, openOwnedDatabase, openPlatformDatabase } from '@repo/ownership'
import type { Limiter } from '@repo/rate-limit'
import type { RedisConnection } from '@repo/redis'
import { createBackground } from './background.ts'
import { interactionPath, writeErrorPage } from './edge/oauth/sign-in-pages.ts'
import type { FileServices } from './file-keeper.ts'
import { openDetection } from './open-detection.ts'
import { mayMail, openLimiter } from './open-limiter.ts'
import { seatsByPlan } from './plans.ts'
import { createProxies, type Proxies } from './proxies.ts'

/** Every package, built once from the configuration; the only place where they meet. */
export interface Services {
  readonly config: Config
  readonly proxies: Proxies
  readonly clock: () => Date
  readonly logger: Logger
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
  /** What the platform's administrators do across tenants; null where this process serves none. */
  readonly platform:
    | (Platform & { readonly auditEvents: AuditReader; readonly alerts: AlertDesk })
    | null
  /** Null where the configuration names no storage. */
  readonly files: FileServices | null
  close(): Promise<void>
}

export interface ServiceOptions {
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
  }: ServiceOptions = {},
): Promise<Services> {
  const { owned, platformDatabase } = await openDatabases(config, logger)
  const { database } = owned
  const { redis, limiter } = openLimiter(config, logger, redisTimeoutMs)
  const audit = createAuditLog({
    database,
    onError: (error, dropped) => logger.error({ err: error, dropped }, 'audit events wait'),
  })
  const background = createBackground(logger)
  const { baseUrl } = config
  const sessionStore = createSessionStore({ database, clock })
  const encryption = openEncryption(config)
  const mailer = createMailer({ jobs: createJobSender(database), encryption, clock })
  const oauth = await createOAuthServer({
    database,
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
    ...{ database, clock, limiter, audit, logger },
    redis: redis.client,
  })
  await blocks.refresh()
  return {
    config,
    proxies: createProxies(config),
    clock,
    logger,
    database: owned,
    redis,
    limiter,
    audit,
    auditTrail: createOrganizationAuditReader(database),
    sessionStore,
    blocks,
    detection,
    sessions: createSessions({ store: sessionStore, secureCookies }),
    knownBrowsers: createKnownBrowsers({ encryption, clock, secureCookies }),
    accounts,
    organizations: createOrganizations({ database, clock }),
    invitations: createInvitations({ database, clock, mails, seats: seatsByPlan }),
    secondFactors: createSecondFactors({ database, clock, encryption }),
    passkeys: createPasskeys({ database, clock, baseUrl }),
    oauth,
    oauthLogin: createOAuthLogin({
      ...{ database, encryption, clock, baseUrl, mails },
      providers: config.externalProviders.map((provider) => ({
        ...provider,
        clientSecret: provider.clientSecret.reveal(),
      })),
      onRefused: (error, provider) =>
        logger.warn({ err: error, provider }, 'an answer of a log-in provider was refused'),
    }),
    idempotency: createIdempotency({ database, clock }),
    platform: platformDatabase && {
      ...createPlatform({ database, platform: platformDatabase, clock, mails }),
      auditEvents: createAuditReader(platformDatabase),
      alerts: createAlertDesk({ platform: platformDatabase, clock }),
    },
    files: openFiles(config),
    apiKeys: createApiKeys({ database, clock, maxAgeDays: config.apiKeyMaxAgeDays }),
    async close() {
      blocks.close()
      await Promise.all([background.settled(), detection.close()])
      await audit.close()
      await Promise.all([database.close(), platformDatabase?.close(), redis.close()])
    },
  }
}

async function openDatabases(config: Config, logger: Logger) {
  const options = {
    pooler: config.databasePooler,
    onError: (error: Error) => logger.warn({ err: error }, 'an idle database connection broke'),
  }
  const owned = await openOwnedDatabase({ ...options, url: config.databaseUrl.reveal() }).catch(
    explainDatabase('DATABASE_URL'),
  )
  const url = config.databasePlatformUrl?.reveal()
  if (url === undefined) return { owned, platformDatabase: null }
  const platformDatabase = await openPlatformDatabase({ ...options, url }, owned.database).catch(
    async (error) => {
      await owned.database.close()
      return explainDatabase('DATABASE_PLATFORM_URL')(error)
    },
  )
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

const openEncryption = ({ encryptionKeys }: Config) =>
  createEncryption(
    encryptionKeys.map(({ id, key }) => ({ id, key: Buffer.from(key.reveal(), 'base64') })),
  )
