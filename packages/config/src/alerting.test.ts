import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadWorkerConfig } from './load-worker-config.ts'
import type { Variables } from './redis-config.ts'

const strong = 'kX9vR2mQ7tL4wZ8nB3'
const secretOf = (bytes: Buffer) => bytes.toString('base64')
const secret = secretOf(randomBytes(32))
const pagerdutyKey = randomBytes(16).toString('hex')
const development = {
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  SMTP_URL: 'file:///tmp/outbox',
  DATABASE_WORKER_URL: 'postgresql://rampart_worker:pw@localhost:5432/rampart',
}
const production = {
  ...development,
  NODE_ENV: 'production',
  BASE_URL: 'https://api.acme.test',
  DATABASE_WORKER_URL: `postgresql://rampart_worker:${strong}@db.internal:5432/rampart`,
  SMTP_URL: 'smtp://mail.internal:25',
  MAIL_FROM: 'no-reply@acme.test',
}
const webhook = {
  ALERT_WEBHOOK_URL: 'https://hooks.acme.test/h00kT0k3n',
  ALERT_WEBHOOK_SECRETS: secret,
}
const all = {
  ...webhook,
  ALERT_SLACK_URL: 'https://hooks.slack.com/services/T0/B0/sL4cKs3cr3t',
  ALERT_PAGERDUTY_KEY: pagerdutyKey,
  ALERT_PAGERDUTY_URL: 'https://events.eu.pagerduty.com/v2/enqueue',
  ALERT_EMAILS: 'alice@acme.test, bob@acme.test,alice@acme.test',
  OUTBOUND_ALLOWED_NETWORKS: '10.1.0.0/16, fd12:3456::/32,192.168.7.7',
}

function problemsOf(environment: Variables): readonly string[] {
  try {
    loadWorkerConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('where alerts go', () => {
  it('is read, each secret behind its veil', () => {
    const { alerting, outboundAllowedNetworks } = loadWorkerConfig({ ...production, ...all })
    expect(alerting.webhook?.url.reveal()).toBe(all.ALERT_WEBHOOK_URL)
    expect(alerting.webhook?.secrets.map((one) => one.reveal())).toEqual([secret])
    expect(alerting.slackUrl?.reveal()).toBe(all.ALERT_SLACK_URL)
    expect(alerting.pagerduty?.routingKey.reveal()).toBe(pagerdutyKey)
    expect(alerting.pagerduty?.url?.reveal()).toBe(all.ALERT_PAGERDUTY_URL)
    expect(alerting.emails).toEqual(['alice@acme.test', 'bob@acme.test'])
    expect(outboundAllowedNetworks).toEqual(['10.1.0.0/16', 'fd12:3456::/32', '192.168.7.7'])
  })

  it.each([
    ['development', development],
    ['production', production],
  ])('is nowhere by default, in %s too', (_, environment) => {
    const { alerting, outboundAllowedNetworks } = loadWorkerConfig(environment)
    expect(alerting).toEqual({ webhook: null, slackUrl: null, pagerduty: null, emails: [] })
    expect(outboundAllowedNetworks).toEqual([])
  })

  it('never prints, and is frozen to its depths', () => {
    const config = loadWorkerConfig({ ...production, ...all })
    const printed = `${inspect(config, { depth: 9, showHidden: true })}${JSON.stringify(config)}`
    expect(printed).toContain('alice@acme.test')
    for (const value of ['h00kT0k3n', secret, 'sL4cKs3cr3t', pagerdutyKey]) {
      expect(printed).not.toContain(value)
    }
    const { alerting, outboundAllowedNetworks } = config
    const { webhook: hook, pagerduty, emails } = alerting
    const parts = [alerting, hook, hook?.secrets, pagerduty, emails, outboundAllowedNetworks]
    expect(parts.every((part) => part && Object.isFrozen(part))).toBe(true)
  })
})

const other = secretOf(randomBytes(64))
const short = secretOf(randomBytes(31))

it.each<[why: string, changes: Variables]>([
  [
    'two secrets, while one is changed',
    { ...webhook, ALERT_WEBHOOK_SECRETS: `${secret}, ${other}` },
  ],
  [
    'a secret as Standard Webhooks writes it',
    { ...webhook, ALERT_WEBHOOK_SECRETS: `whsec_${secret}` },
  ],
  ['mails alone', { ALERT_EMAILS: 'ops@acme.test' }],
  ['PagerDuty at its usual place', { ALERT_PAGERDUTY_KEY: pagerdutyKey }],
  ['a key in letters of both cases', { ALERT_PAGERDUTY_KEY: 'R0uT1nGkEy73920518abcdefABCDEFgh' }],
  [
    'plain HTTP into a network of ours',
    {
      ALERT_SLACK_URL: 'http://chat.internal:8065/hooks/x',
      OUTBOUND_ALLOWED_NETWORKS: '10.0.0.0/8',
    },
  ],
  ['all of the unique local addresses', { OUTBOUND_ALLOWED_NETWORKS: 'fc00::/7' }],
])('accepts %s', (_, changes) => {
  expect(problemsOf({ ...production, ...changes })).toEqual([])
})

const secrets = 'ALERT_WEBHOOK_SECRETS must be a list of secrets'
const networks = 'OUTBOUND_ALLOWED_NETWORKS must be a list'

it.each<[why: string, changes: Variables, sentence: string]>([
  ['a webhook that nobody signs', { ...webhook, ALERT_WEBHOOK_SECRETS: '' }, 'give both or none'],
  ['a list of no secrets', { ...webhook, ALERT_WEBHOOK_SECRETS: ' ,' }, 'give both or none'],
  ['secrets for nobody', { ...webhook, ALERT_WEBHOOK_URL: '' }, 'give both or none'],
  ['31 bytes', { ...webhook, ALERT_WEBHOOK_SECRETS: short }, secrets],
  ['no padding', { ...webhook, ALERT_WEBHOOK_SECRETS: secret.slice(0, -1) }, secrets],
  [
    'hexadecimal',
    { ...webhook, ALERT_WEBHOOK_SECRETS: `${randomBytes(32).toString('hex')}-` },
    secrets,
  ],
  [
    'a second one that is short',
    { ...webhook, ALERT_WEBHOOK_SECRETS: `${secret},whsec_${short}` },
    secrets,
  ],
  [
    'a webhook by another way',
    { ...webhook, ALERT_WEBHOOK_URL: 'ftp://h' },
    'ALERT_WEBHOOK_URL must be',
  ],
  ['credentials in a URL', { ALERT_SLACK_URL: 'https://a:b@h' }, 'ALERT_SLACK_URL must be'],
  [
    'no URL',
    { ALERT_PAGERDUTY_KEY: pagerdutyKey, ALERT_PAGERDUTY_URL: 'h' },
    'ALERT_PAGERDUTY_URL must be',
  ],
  [
    'PagerDuty without a key',
    { ALERT_PAGERDUTY_URL: 'https://h' },
    'ALERT_PAGERDUTY_KEY is missing.',
  ],
  ['a short key', { ALERT_PAGERDUTY_KEY: pagerdutyKey.slice(1) }, 'ALERT_PAGERDUTY_KEY must be'],
  [
    'a key with a sign',
    { ALERT_PAGERDUTY_KEY: `${pagerdutyKey.slice(1)}-` },
    'ALERT_PAGERDUTY_KEY must be',
  ],
  ['an address with a name', { ALERT_EMAILS: 'Ops <ops@acme.test>' }, 'ALERT_EMAILS must be'],
  ['one of two that is no address', { ALERT_EMAILS: 'ops@acme.test, ops' }, 'ALERT_EMAILS must be'],
  ['plain HTTP', { ALERT_SLACK_URL: 'http://chat.acme.test' }, 'ALERT_SLACK_URL must be https'],
  [
    'a plain webhook',
    { ...webhook, ALERT_WEBHOOK_URL: 'http://h' },
    'ALERT_WEBHOOK_URL must be https',
  ],
  ...[
    '0.0.0.0/0',
    '::/0',
    '0.0.0.0/1',
    '128.0.0.0/7',
    '2000::/3',
    'intranet',
    '10.0.0.0/33',
    '10.1',
  ].map((network): [string, Variables, string] => [
    `${network} as a network of ours`,
    { OUTBOUND_ALLOWED_NETWORKS: `10.1.0.0/16,${network}` },
    networks,
  ]),
])('refuses %s', (_, changes, sentence) => {
  for (const environment of [development, production]) {
    expect(problemsOf({ ...environment, ...changes })).toEqual([expect.stringContaining(sentence)])
  }
})

it.each<[why: string, changes: Variables, name: string]>([
  [
    'zeros',
    { ...webhook, ALERT_WEBHOOK_SECRETS: secretOf(Buffer.alloc(32)) },
    'ALERT_WEBHOOK_SECRETS',
  ],
  [
    'a sentence beside a good one',
    {
      ...webhook,
      ALERT_WEBHOOK_SECRETS: `${secret}, whsec_${secretOf(Buffer.from('my dog eats 12 quick blue zebras'))}`,
    },
    'ALERT_WEBHOOK_SECRETS',
  ],
  [
    'a sample',
    { ...webhook, ALERT_WEBHOOK_SECRETS: `changeme${secretOf(randomBytes(26))}` },
    'ALERT_WEBHOOK_SECRETS',
  ],
  ['one digit', { ALERT_PAGERDUTY_KEY: '0'.repeat(32) }, 'ALERT_PAGERDUTY_KEY is a sample.'],
])('refuses %s in production alone', (_, changes, name) => {
  expect(problemsOf({ ...production, ...changes })).toEqual([expect.stringContaining(name)])
  expect(problemsOf({ ...development, ...changes })).toEqual([])
})

it('tells none of the values', () => {
  const hunter = Object.fromEntries(Object.keys(all).map((name) => [name, 'hunter2']))
  const problems = problemsOf({ ...production, ...hunter })
  const named = problems.map((sentence) => sentence.split(' ')[0])
  expect(new Set(named)).toEqual(new Set(Object.keys(all)))
  expect(inspect(new ConfigError(problems))).not.toContain('hunter2')
})
