import { type AuditKeeper, createAuditKeeper } from '@repo/audit'
import { createKeyRotation, type KeyRotation } from '@repo/auth'
import { fixedConfig, type OpenConfig, type WorkerConfig } from '@repo/config'
import { type Encryption, openEncryption } from '@repo/encryption'
import { AppError } from '@repo/errors'
import { type FileStorage, openStorage } from '@repo/files'
import { type DeliveryHandler, openWorkerDatabase, type WorkerDatabase } from '@repo/jobs'
import type { Logger } from '@repo/logging'
import { createMailSeal, type MailHandler, type MailSeal, openMailHandler } from '@repo/mail'
import { openTracing, type Tracing } from '@repo/telemetry'
import { createWebhookDelivery, createWebhookOutbound } from '@repo/webhooks'
import { type AlertChannels, openAlertChannels } from './alert-channels.ts'
import { createMetrics, type Metrics } from './metrics/create-metrics.ts'
import { observeServices } from './metrics/observe-services.ts'

/** Every package, built once from the configuration; what a job works with. */
export interface Services {
  readonly config: WorkerConfig
  readonly clock: () => Date
  readonly logger: Logger
  readonly metrics: Metrics
  /** Null where traces go nowhere. */
  readonly tracing: Tracing | null
  readonly database: WorkerDatabase
  readonly encryption: Encryption
  readonly keyRotation: KeyRotation
  readonly mail: MailHandler
  readonly mailSeal: MailSeal
  readonly alerts: AlertChannels
  readonly auditKeeper: AuditKeeper
  readonly webhookDelivery: DeliveryHandler
  /** Null where the installation keeps no files. */
  readonly storage: FileStorage | null
  close(): Promise<void>
}

/** What is used as it is now; every other variable as it was at the start. */
export const liveVariables: ReadonlySet<string> = new Set([
  'DATABASE_WORKER_URL',
  'ENCRYPTION_KEYS',
])

export interface ServiceOptions {
  readonly logger: Logger
  readonly clock?: (() => Date) | undefined
  /** The configuration as it changes; as it was given by default. */
  readonly secrets?: OpenConfig<WorkerConfig>
}

/** Throws when the database's role could walk past row-level security, or Postgres cannot be reached. */
export async function createServices(
  config: WorkerConfig,
  { logger, clock = () => new Date(), secrets = fixedConfig(config) }: ServiceOptions,
): Promise<Services> {
  const database = await openWorkerDatabase({
    url: config.databaseWorkerUrl.reveal(),
    currentUrl: () => secrets.current().databaseWorkerUrl.reveal(),
    rdsRegion: config.rdsRegion,
    onLogInRefused: secrets.refresh,
    pooler: config.databasePooler,
    onError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
  }).catch(explain)
  const encryption = openEncryption(secrets)
  const mail = openMailHandler({
    url: config.smtpUrl.reveal(),
    from: config.mailFrom,
    encryption,
  })
  const alerts = openAlertChannels(config)
  if (config.nodeEnv === 'production' && alerts.channels.length === 0) {
    logger.warn('alerts are told to nobody: no ALERT_* variable names a receiver')
  }
  const { auditRetentionDays: retentionDays, keyRotationDays: maxAgeDays } = config
  const keyRotation = createKeyRotation({ database, encryption, clock, maxAgeDays })
  const auditKeeper = createAuditKeeper({ database, clock, retentionDays })
  const metrics = createMetrics()
  const tracing = await openTracing(config, { service: 'rampart-worker', logger })
  observeServices(metrics.meter, { auditKeeper, database, keyRotation, logger, secrets, tracing })
  return {
    config,
    clock,
    logger,
    metrics,
    tracing,
    database,
    encryption,
    keyRotation,
    alerts,
    auditKeeper,
    mail,
    mailSeal: createMailSeal(encryption, clock),
    webhookDelivery: createWebhookDelivery({
      ...{ database, encryption, clock },
      outbound: createWebhookOutbound({ toLoopback: config.webhooksToLoopback }),
    }),
    storage: config.s3Url && openStorage(config.s3Url.reveal()),
    async close() {
      secrets.close()
      mail.close()
      alerts.close()
      await Promise.all([database.close(), tracing?.close()])
    },
  }
}

/** The words of a refusal are for callers; whoever starts the worker needs to know what to mend. */
function explain(error: unknown): never {
  if (!(error instanceof AppError)) throw error
  const what = error.code === 'unavailable' ? 'cannot be reached' : 'refused the role'
  throw new Error(`The Postgres of DATABASE_WORKER_URL ${what}.`, { cause: error })
}
