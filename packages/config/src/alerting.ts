import type { WorkerEnvironment } from './environment.ts'
import type { Variables } from './redis-config.ts'
import { sentencesOf } from './rules.ts'
import { Secret } from './secret.ts'

/** Where alerts go; each may be null or empty, and all of them: then they are only listed. */
export interface AlertingConfig {
  /** Each secret signs, in base64 with or without `whsec_`. */
  readonly webhook: { readonly url: Secret; readonly secrets: readonly Secret[] } | null
  /** Of an incoming webhook: whoever has it can write there. */
  readonly slackUrl: Secret | null
  /** `url` of another region, or of what takes the same events. */
  readonly pagerduty: { readonly routingKey: Secret; readonly url: Secret | null } | null
  readonly emails: readonly string[]
}

/** What the variables of alerts say together. */
export function readAlerting(values: WorkerEnvironment): AlertingConfig {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRETS: secrets } = values
  const { ALERT_PAGERDUTY_KEY: key, ALERT_PAGERDUTY_URL: pagerdutyUrl } = values
  return Object.freeze({
    webhook:
      url === undefined
        ? null
        : Object.freeze({ url: new Secret(url), secrets: toSecrets(secrets) }),
    slackUrl: toSecret(values.ALERT_SLACK_URL),
    pagerduty:
      key === undefined
        ? null
        : Object.freeze({ routingKey: new Secret(key), url: toSecret(pagerdutyUrl) }),
    emails: Object.freeze([...new Set(values.ALERT_EMAILS)]),
  })
}

const toSecret = (value: string | undefined) => (value === undefined ? null : new Secret(value))

const toSecrets = (values: readonly string[]) =>
  Object.freeze([...new Set(values)].map((value) => new Secret(value)))

const urls = ['ALERT_WEBHOOK_URL', 'ALERT_SLACK_URL', 'ALERT_PAGERDUTY_URL'] as const

/** What is wrong with them, in sentences without values. */
export function findAlertingProblems(given: Variables): readonly string[] {
  const isGiven = (name: string) => !/^[\s,]*$/.test(given[name] ?? '')
  const plain = urls.filter((name) => /^\s*http:/i.test(given[name] ?? ''))
  return sentencesOf([
    [
      isGiven('ALERT_WEBHOOK_URL') !== isGiven('ALERT_WEBHOOK_SECRETS'),
      'ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRETS: give both or none.',
    ],
    [
      isGiven('ALERT_PAGERDUTY_URL') && !isGiven('ALERT_PAGERDUTY_KEY'),
      'ALERT_PAGERDUTY_KEY is missing.',
    ],
    ...plain.map(
      (name) =>
        [
          !isGiven('OUTBOUND_ALLOWED_NETWORKS'),
          `${name} must be https, but into OUTBOUND_ALLOWED_NETWORKS.`,
        ] as const,
    ),
  ])
}
