import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startNode } from '@repo/testing'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What `pnpm start` and `pnpm start:worker` run, in production and with this environment alone. */
async function start(script: string, environment: Readonly<Record<string, string>>) {
  const [production = '', node, ...args] = String(scripts[script]).split(' ')
  expect([production, node]).toEqual(['NODE_ENV=production', 'node'])
  const paths = args.map((path) => join(root, path))
  const { ended, output } = startNode(paths, { NODE_ENV: 'production', ...environment })
  const code = await ended
  const last = output()
    .split('\n')
    .find((line) => line.includes('"level":"fatal"'))
  const { level, msg }: { level: string; msg: string } = JSON.parse(last ?? '{}')
  return { code, level, problems: msg.split('\n').slice(1), output: output() }
}

const strong = 'kX9vR2mQ7tL4wZ8nB3'
const canary = 'cAnArY'
const fit = {
  BASE_URL: 'https://api.acme.test',
  MAIL_FROM: 'no-reply@acme.test',
  TRUSTED_PROXIES: '192.0.2.1',
  CLAMD_URL: 'tcp://clamd:3310',
  OIDC_ACME_ISSUER: 'https://login.acme.test',
  OIDC_ACME_CLIENT_ID: 'rampart',
  LOG_ELASTICSEARCH_URL: 'https://elasticsearch.acme.test',
}

/** Every secret of a process, and how it is told where its value is `value`: part of a URL, or all of it. */
const secrets = {
  start: (value: string, key = value) => ({
    DATABASE_URL: `postgresql://rampart_app:${value}@db/rampart`,
    DATABASE_PLATFORM_URL: `postgresql://rampart_platform:${value}@db/rampart`,
    REDIS_URL: `redis://:${value}@redis:6379`,
    ENCRYPTION_KEYS: `k1:${key}`,
    SMTP_URL: `smtps://mailer:${value}@mail.acme.test`,
    S3_URL: `https://KEY:${value}@s3.acme.test/bucket`,
    ORIGIN_SECRETS: value.repeat(32).slice(0, 40),
    OIDC_ACME_CLIENT_SECRET: value,
    LOG_ELASTICSEARCH_USERNAME: 'rampart',
    LOG_ELASTICSEARCH_PASSWORD: value,
  }),
  'start:worker': (value: string, key = value) => ({
    DATABASE_WORKER_URL: `postgresql://rampart_worker:${value}@db/rampart`,
    ENCRYPTION_KEYS: `k1:${key}`,
    SMTP_URL: `smtps://mailer:${value}@mail.acme.test`,
    S3_URL: `https://KEY:${value}@s3.acme.test/bucket`,
    ALERT_WEBHOOK_URL: 'https://alerts.acme.test',
    ALERT_WEBHOOK_SECRETS: Buffer.from(value.repeat(32).slice(0, 36)).toString('base64'),
    ALERT_PAGERDUTY_KEY: value
      .repeat(32)
      .replace(/[^a-z0-9]/gi, '')
      .slice(0, 32),
    LOG_ELASTICSEARCH_USERNAME: 'rampart',
    LOG_ELASTICSEARCH_PASSWORD: value,
  }),
} as const

const namesOf = (script: keyof typeof secrets) =>
  Object.keys(secrets[script](strong)).filter((name) => !/USERNAME|ALERT_WEBHOOK_URL/.test(name))

const isNamed = (problems: readonly string[], name: string) =>
  problems.some((problem) => problem.trim().startsWith(name))

/** A key of 32 bytes that was typed: a text in base64. */
const typedKey = Buffer.from(
  `${canary}-of-a-key-that-was-typed-in`.padEnd(32, 'x').slice(0, 32),
).toString('base64')

describe.each(['start', 'start:worker'] as const)('pnpm %s', (script) => {
  test('with no secret at all names every one that it cannot do without', async () => {
    const { code, level, problems } = await start(script, fit)
    expect([code, level]).toEqual([1, 'fatal'])
    const needed = {
      start: ['DATABASE_URL', 'REDIS_URL', 'ENCRYPTION_KEYS', 'SMTP_URL'],
      'start:worker': ['DATABASE_WORKER_URL', 'ENCRYPTION_KEYS', 'SMTP_URL'],
    } as const
    for (const name of needed[script]) expect(isNamed(problems, name), name).toBe(true)
  })

  test.each([
    ['weak', canary, typedKey],
    ['a sample', `changeme-${canary}-changeme`, typedKey],
  ])('with each secret %s names them all at once, and shows none', async (_how, value, key) => {
    const { code, level, problems, output } = await start(script, {
      ...fit,
      ...secrets[script](value, key),
    })
    expect([code, level]).toEqual([1, 'fatal'])
    const unnamed = namesOf(script).filter((name) => !isNamed(problems, name))
    expect(unnamed, problems.join('\n')).toEqual([])
    for (const secret of [value, key, canary]) expect(output).not.toContain(secret)
  })

  test('with secrets that are fit says nothing of them, and goes on to what it cannot reach', async () => {
    const key = 'q3m9W1xkTz0Rf8bVnYc5Lh2Jd7Ps4Ga6QeUoIyXwZtA='
    const random = {
      ORIGIN_SECRETS: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
      ALERT_WEBHOOK_SECRETS: 'w1q3m9xkTz0Rf8bVnYc5Lh2Jd7Ps4Ga6QeUoIyXwZtA=',
      ALERT_PAGERDUTY_KEY: '9f86d081884c7d659a2feaa0c55ad015',
    }
    const { code, problems, output } = await start(script, {
      ...fit,
      ...secrets[script](strong, key),
      ...random,
    })
    expect([code, problems]).toEqual([1, []])
    expect(output).toContain('cannot be reached')
    for (const secret of [strong, key]) expect(output).not.toContain(secret)
  })
})
