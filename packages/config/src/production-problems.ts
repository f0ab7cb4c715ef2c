import { placeOfUrl, rulesOfTransport } from './database-transport.ts'
import { decodeOrKeep } from './decode-or-keep.ts'
import { isGuessableKey, splitKeys } from './encryption-keys.ts'
import { clientSecretOf, issuerOf, namesOfProviders } from './external-providers.ts'
import { isGuessableSecret } from './is-guessable-secret.ts'
import type { Variables } from './redis-config.ts'
import { type Rule, sentencesOf } from './rules.ts'
import { hasGuessableSecret } from './webhook-secrets.ts'

// What samples and documentation are full of; the second part must be the whole of it.
const sample =
  /change[-_ ]?me|example|sample|password|secret|letmein|qwerty|123456|^(.)\1*$|^(postgres|rampart|redis|admin|test|dev)$/i
const minSecretLength = 16

/** What development may do and production may not (G33); sentences, without the values. */
export function findProductionProblems(given: Variables): readonly string[] {
  const token = given['UPSTASH_REDIS_REST_TOKEN']
  const originSecrets = (given['ORIGIN_SECRETS'] ?? '').split(',').map((part) => part.trim())
  const origins = given['CORS_ORIGINS']?.split(',') ?? []
  return sentencesOf([
    ...rulesOfAll(given),
    [origins.some(isPlain), 'CORS_ORIGINS must be https in production.'],
    [
      !given['TLS_CERT_FILE'] && /^[\s,]*$/.test(given['TRUSTED_PROXIES'] ?? ''),
      'TLS_CERT_FILE with TLS_KEY_FILE, or TRUSTED_PROXIES, is missing: who is to speak HTTPS?',
    ],
    [
      Boolean(token?.startsWith('embedded-')),
      'UPSTASH_REDIS_REST_TOKEN is of the embedded Redis, which is for development and tests only.',
    ],
    [
      Boolean(given['S3_URL'] && !given['CLAMD_URL']),
      'CLAMD_URL is missing: files are not given out before they are scanned.',
    ],
    [hasWeakPassword([given['DATABASE_URL']]), weakness("DATABASE_URL's password")],
    [
      hasWeakPassword([given['DATABASE_PLATFORM_URL']]),
      weakness("DATABASE_PLATFORM_URL's password"),
    ],
    [hasWeakPassword(given['REDIS_URL']?.split(',')), weakness("REDIS_URL's password")],
    [token !== undefined && isWeak(token), weakness('UPSTASH_REDIS_REST_TOKEN')],
    [
      originSecrets.filter(Boolean).some(isSample),
      'ORIGIN_SECRETS has one that is a sample, or not random: openssl rand -hex 32.',
    ],
    ...namesOfProviders(given).flatMap((name) => rulesOfProvider(name, given)),
  ])
}

/** The same for the worker, of what it is told. */
export function findWorkerProductionProblems(given: Variables): readonly string[] {
  const { ALERT_WEBHOOK_SECRETS: webhookSecrets = '', ALERT_PAGERDUTY_KEY: pagerdutyKey } = given
  return sentencesOf([
    ...rulesOfAll(given),
    [hasWeakPassword([given['DATABASE_WORKER_URL']]), weakness("DATABASE_WORKER_URL's password")],
    [
      hasGuessableSecret(webhookSecrets) || sample.test(webhookSecrets),
      'ALERT_WEBHOOK_SECRETS has one that is a sample, or not random: openssl rand -base64 32.',
    ],
    [pagerdutyKey !== undefined && isSample(pagerdutyKey), 'ALERT_PAGERDUTY_KEY is a sample.'],
  ])
}

function rulesOfAll(given: Variables): readonly Rule[] {
  const keys = splitKeys(given['ENCRYPTION_KEYS'] ?? '').map(({ key }) => key)
  return [
    [!given['BASE_URL'], 'BASE_URL is missing.'],
    [isPlain(given['BASE_URL']), 'BASE_URL must be https in production.'],
    [
      Boolean(given['DATABASE_OWNER_URL']),
      'DATABASE_OWNER_URL does not belong here: only migrations may hold the owner.',
    ],
    [!given['MAIL_FROM'], 'MAIL_FROM is missing.'],
    [
      given['WEBHOOKS_TO_LOOPBACK'] === 'true',
      'WEBHOOKS_TO_LOOPBACK is for development and tests: it would let customers reach this machine.',
    ],
    [
      /^file:/i.test(given['SMTP_URL'] ?? ''),
      'SMTP_URL is a folder, which is for development and tests only.',
    ],
    [hasWeakPassword([given['SMTP_URL']]), weakness("SMTP_URL's password")],
    [
      /^file:/i.test(given['S3_URL'] ?? ''),
      'S3_URL is a folder, which is for development and tests only.',
    ],
    [isPlain(given['S3_URL']), 'S3_URL must be https in production.'],
    [hasWeakPassword([given['S3_URL']]), weakness("S3_URL's secret")],
    [
      keys.some((key) => key !== '' && (sample.test(key) || isGuessableKey(key))),
      'ENCRYPTION_KEYS has a key that is a sample, or not random: openssl rand -base64 32.',
    ],
    ...rulesOfReceivers(given),
    ...rulesOfTransport(given),
  ]
}

/** Lines hold addresses and ids of people, traces who is asked what: they leave a network of one's own encrypted. */
function rulesOfReceivers(given: Variables): readonly Rule[] {
  const { LOG_ELASTICSEARCH_API_KEY: key, LOG_ELASTICSEARCH_PASSWORD: password } = given
  const receivers = [
    'LOG_ELASTICSEARCH_URL',
    'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  ] as const
  return [
    ...receivers.map(
      (name) =>
        [
          isPlain(given[name]) && placeOfUrl(given[name] ?? '') !== 'near',
          `${name} must be https in production, but in a network of your own.`,
        ] as const,
    ),
    [key !== undefined && isSample(key), 'LOG_ELASTICSEARCH_API_KEY is a sample.'],
    [password !== undefined && isWeak(password), weakness('LOG_ELASTICSEARCH_PASSWORD')],
  ]
}

const rulesOfProvider = (name: string, given: Variables) => {
  const { [issuerOf(name)]: issuer, [clientSecretOf(name)]: secret } = given
  return [
    [isPlain(issuer), `${issuerOf(name)} must be https in production.`],
    [secret !== undefined && isWeak(secret), weakness(clientSecretOf(name))],
  ] as const
}

const weakness = (what: string) =>
  `${what} is a sample, or shorter than ${minSecretLength} characters.`

const isPlain = (url: string | undefined) => /^\s*http:/i.test(url ?? '')

const isSample = (secret: string) => isGuessableSecret(secret) || sample.test(secret)

const isWeak = (secret: string) => secret.length < minSecretLength || sample.test(secret)

/** False where a socket, a certificate or IAM is used: there is no password. */
function hasWeakPassword(urls: readonly (string | undefined)[] = []): boolean {
  return urls
    .map((url) => URL.parse(url ?? ''))
    .flatMap((url) => (url ? [url.password, ...url.searchParams.getAll('password')] : []))
    .filter((password) => password !== '')
    .some((password) => isWeak(decodeOrKeep(password)))
}
