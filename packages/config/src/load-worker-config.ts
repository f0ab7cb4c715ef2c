import { type AlertingConfig, findAlertingProblems, readAlerting } from './alerting.ts'
import { ConfigError } from './config-error.ts'
import { workerEnvironment } from './environment.ts'
import { type Config, toEncryptionKeys, toSecret, withoutEmpty } from './load-config.ts'
import { findWorkerProductionProblems } from './production-problems.ts'
import type { Variables } from './redis-config.ts'
import { Secret } from './secret.ts'

/** Everything the worker is told from outside, checked and frozen: what it does not need it is not told. */
export interface WorkerConfig
  extends Pick<
    Config,
    | 'nodeEnv'
    | 'baseUrl'
    | 'databasePooler'
    | 'encryptionKeys'
    | 'smtpUrl'
    | 'mailFrom'
    | 's3Url'
    | 'apiKeyMaxAgeDays'
    | 'logLevel'
  > {
  readonly databaseWorkerUrl: Secret
  /** Where alerts go. */
  readonly alerting: AlertingConfig
  /** Private networks that what the operator configured may be sent to: CIDRs and addresses. */
  readonly outboundAllowedNetworks: readonly string[]
  /** How long events of the audit log are kept, at least. */
  readonly auditRetentionDays: number
}

/** Reads the worker's environment once; throws ConfigError with every problem at once. */
export function loadWorkerConfig(source: Variables = process.env): WorkerConfig {
  const given = withoutEmpty(source)
  const { data, error } = workerEnvironment.safeParse(given)
  const problems = [
    ...(error?.issues.map(({ path, message }) => `${String(path[0])} ${message}.`) ?? []),
    ...findAlertingProblems(given),
    ...(given['NODE_ENV'] === 'production' ? findWorkerProductionProblems(given) : []),
  ]
  if (!data || problems.length > 0) throw new ConfigError([...new Set(problems)])
  return Object.freeze({
    nodeEnv: data.NODE_ENV,
    // As the API's, where it is not told otherwise.
    baseUrl: data.BASE_URL ?? `http://localhost:${data.PORT}`,
    databaseWorkerUrl: new Secret(data.DATABASE_WORKER_URL),
    databasePooler: data.DATABASE_POOLER,
    alerting: readAlerting(data),
    outboundAllowedNetworks: Object.freeze(data.OUTBOUND_ALLOWED_NETWORKS),
    auditRetentionDays: data.AUDIT_RETENTION_DAYS,
    encryptionKeys: toEncryptionKeys(data),
    smtpUrl: new Secret(data.SMTP_URL),
    mailFrom: data.MAIL_FROM,
    s3Url: toSecret(data.S3_URL),
    apiKeyMaxAgeDays: data.API_KEY_MAX_AGE_DAYS,
    logLevel: data.LOG_LEVEL,
  })
}
