import { type AlertingConfig, findAlertingProblems, readAlerting } from './alerting.ts'
import { ConfigError } from './config-error.ts'
import { findLogInProblems, readRdsRegion, toDatabaseUrl } from './database-log-in.ts'
import { workerEnvironment } from './environment.ts'
import { type Config, toEncryptionKeys, toSecret, withoutEmpty, withUnread } from './load-config.ts'
import { findLogShippingProblems, readLogShipping } from './log-shipping.ts'
import { findWorkerProductionProblems } from './production-problems.ts'
import type { Variables } from './redis-config.ts'
import { Secret } from './secret.ts'
import type { ReadReferences } from './sources/read-references.ts'
import { readTelemetry } from './telemetry.ts'

/** Everything the worker is told from outside, checked and frozen: what it does not need it is not told. */
export interface WorkerConfig
  extends Pick<
    Config,
    | 'nodeEnv'
    | 'baseUrl'
    | 'databasePooler'
    | 'encryptionKeys'
    | 'rdsRegion'
    | 'smtpUrl'
    | 'mailFrom'
    | 's3Url'
    | 'apiKeyMaxAgeDays'
    | 'webhooksToLoopback'
    | 'secretsRefreshSeconds'
    | 'logLevel'
    | 'logShipping'
    | 'metrics'
    | 'tracing'
  > {
  readonly databaseWorkerUrl: Secret
  /** Where alerts go. */
  readonly alerting: AlertingConfig
  /** Private networks that what the operator configured may be sent to: CIDRs and addresses. */
  readonly outboundAllowedNetworks: readonly string[]
  /** Who reads the weekly digest: nobody named means every administrator of the platform. */
  readonly digestEmails: readonly string[]
  /** Where it is seven o'clock when the digest is mailed. */
  readonly digestTimeZone: string
  /** How old the keys of tokens and cookies become: 2 to 90; 30 or less declares a high-risk environment. */
  readonly keyRotationDays: number
  /** How long events of the audit log are kept, at least. */
  readonly auditRetentionDays: number
}

/** What the worker's variables say; throws ConfigError with every problem at once, those of `unread` first. */
export function loadWorkerConfig(
  source: Variables = process.env,
  unread: ReadReferences['problems'] = new Map(),
): WorkerConfig {
  const given = withoutEmpty(source)
  const { data, error } = workerEnvironment.safeParse(given)
  const problems = [
    ...(error?.issues.map(({ path, message }) => `${String(path[0])} ${message}.`) ?? []),
    ...findAlertingProblems(given),
    ...findLogInProblems(given),
    ...findLogShippingProblems(given),
    ...(given['NODE_ENV'] === 'production' ? findWorkerProductionProblems(given) : []),
  ]
  if (!data || problems.length + unread.size > 0)
    throw new ConfigError(withUnread(problems, unread))
  return Object.freeze({
    nodeEnv: data.NODE_ENV,
    // As the API's, where it is not told otherwise.
    baseUrl: data.BASE_URL ?? `http://localhost:${data.PORT}`,
    databaseWorkerUrl: toDatabaseUrl(data.DATABASE_WORKER_URL, data),
    rdsRegion: readRdsRegion(data),
    databasePooler: data.DATABASE_POOLER,
    alerting: readAlerting(data),
    outboundAllowedNetworks: Object.freeze(data.OUTBOUND_ALLOWED_NETWORKS),
    digestEmails: Object.freeze([...new Set(data.DIGEST_EMAILS)]),
    digestTimeZone: data.DIGEST_TIME_ZONE,
    auditRetentionDays: data.AUDIT_RETENTION_DAYS,
    encryptionKeys: toEncryptionKeys(data),
    smtpUrl: new Secret(data.SMTP_URL),
    mailFrom: data.MAIL_FROM,
    s3Url: toSecret(data.S3_URL),
    apiKeyMaxAgeDays: data.API_KEY_MAX_AGE_DAYS,
    keyRotationDays: data.KEY_ROTATION_DAYS,
    webhooksToLoopback: data.WEBHOOKS_TO_LOOPBACK,
    secretsRefreshSeconds: data.SECRETS_REFRESH_SECONDS,
    logLevel: data.LOG_LEVEL,
    logShipping: readLogShipping(data),
    ...readTelemetry(data, data.WORKER_METRICS_PORT),
  })
}
