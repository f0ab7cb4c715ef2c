import { type AuditKeeper, createAuditKeeper } from '@repo/audit'
import type { WorkerConfig } from '@repo/config'
import { createEncryption, type Encryption } from '@repo/encryption'
import { AppError } from '@repo/errors'
import { type FileStorage, openStorage } from '@repo/files'
import { openWorkerDatabase, type WorkerDatabase } from '@repo/jobs'
import { createLogger, type Logger } from '@repo/logging'
import { createMailSeal, type MailHandler, type MailSeal, openMailHandler } from '@repo/mail'
import { type AlertChannels, openAlertChannels } from './alert-channels.ts'

/** Every package, built once from the configuration; what a job works with. */
export interface Services {
  readonly config: WorkerConfig
  readonly logger: Logger
  readonly database: WorkerDatabase
  readonly mail: MailHandler
  readonly mailSeal: MailSeal
  readonly alerts: AlertChannels
  readonly auditKeeper: AuditKeeper
  /** Null where the installation keeps no files. */
  readonly storage: FileStorage | null
  close(): Promise<void>
}

/** Throws when the database's role could walk past row-level security, or Postgres cannot be reached. */
export async function createServices(
  config: WorkerConfig,
  logger: Logger = createLogger({ level: config.logLevel, service: 'rampart-worker' }),
): Promise<Services> {
  const database = await openWorkerDatabase({
    url: config.databaseWorkerUrl.reveal(),
    pooler: config.databasePooler,
    onError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
  }).catch(explain)
  const encryption = openEncryption(config)
  const mail = openMailHandler({
    url: config.smtpUrl.reveal(),
    from: config.mailFrom,
    encryption,
  })
  const alerts = openAlertChannels(config)
  if (config.nodeEnv === 'production' && alerts.channels.length === 0) {
    logger.warn('alerts are told to nobody: no ALERT_* variable names a receiver')
  }
  const clock = () => new Date()
  return {
    config,
    logger,
    database,
    alerts,
    auditKeeper: createAuditKeeper({ database, clock, retentionDays: config.auditRetentionDays }),
    mail,
    mailSeal: createMailSeal(encryption, clock),
    storage: config.s3Url && openStorage(config.s3Url.reveal()),
    async close() {
      mail.close()
      alerts.close()
      await database.close()
    },
  }
}

/** The words of a refusal are for callers; whoever starts the worker needs to know what to mend. */
function explain(error: unknown): never {
  if (!(error instanceof AppError)) throw error
  const what = error.code === 'unavailable' ? 'cannot be reached' : 'refused the role'
  throw new Error(`The Postgres of DATABASE_WORKER_URL ${what}.`, { cause: error })
}

const openEncryption = ({ encryptionKeys }: WorkerConfig): Encryption =>
  createEncryption(
    encryptionKeys.map(({ id, key }) => ({ id, key: Buffer.from(key.reveal(), 'base64') })),
  )
