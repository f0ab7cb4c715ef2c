import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadWorkerConfig } from './load-worker-config.ts'
import type { Variables } from './redis-config.ts'

const strong = 'kX9vR2mQ7tL4wZ8nB3'
const key = randomBytes(32).toString('base64')
const production = {
  NODE_ENV: 'production',
  BASE_URL: 'https://api.acme.test',
  DATABASE_WORKER_URL: `postgresql://rampart_worker:${strong}@db.internal:5432/rampart`,
  ENCRYPTION_KEYS: `k1:${key}`,
  SMTP_URL: `smtps://mailer:${strong}@mail.acme.test`,
  MAIL_FROM: 'Acme <no-reply@acme.test>',
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

test('a fit environment is taken, and what the API alone needs is not asked for', () => {
  const config = loadWorkerConfig(production)
  expect(config).toMatchObject({ baseUrl: 'https://api.acme.test', databasePooler: 'none' })
  expect(config.databaseWorkerUrl.reveal()).toBe(
    `${production.DATABASE_WORKER_URL}?sslmode=verify-full`,
  )
  expect(JSON.stringify(config)).not.toContain(strong)
  expect(config).not.toHaveProperty('databaseUrl')
  expect(config.auditRetentionDays).toBe(400)
  expect(loadWorkerConfig({ ...production, AUDIT_RETENTION_DAYS: '90' })).toMatchObject({
    auditRetentionDays: 90,
  })
})

test('the digest goes to every administrator at seven in UTC, unless it is told otherwise', () => {
  expect(loadWorkerConfig(production)).toMatchObject({ digestEmails: [], digestTimeZone: 'UTC' })
  const changes = {
    DIGEST_EMAILS: 'a@acme.test, b@acme.test,a@acme.test',
    DIGEST_TIME_ZONE: 'Europe/Berlin',
  }
  expect(loadWorkerConfig({ ...production, ...changes })).toMatchObject({
    digestEmails: ['a@acme.test', 'b@acme.test'],
    digestTimeZone: 'Europe/Berlin',
  })
  expect(
    problemsOf({ ...production, DIGEST_EMAILS: 'a', DIGEST_TIME_ZONE: 'Mars/Olympus' }),
  ).toEqual([
    'DIGEST_EMAILS must be a list of addresses.',
    'DIGEST_TIME_ZONE must be the name of a time zone, such as Europe/Berlin.',
  ])
})

test('what is missing is named, all of it at once', () => {
  expect(problemsOf({})).toEqual([
    'ENCRYPTION_KEYS is missing.',
    'SMTP_URL is missing.',
    'DATABASE_WORKER_URL is missing.',
  ])
})

test.each([
  ['the owner', { DATABASE_OWNER_URL: 'postgresql://o:p@h/d' }, 'DATABASE_OWNER_URL does not'],
  ['no sender', { MAIL_FROM: '' }, 'MAIL_FROM is missing'],
  ['webhooks to itself', { WEBHOOKS_TO_LOOPBACK: 'true' }, 'WEBHOOKS_TO_LOOPBACK is for'],
  ['no address of its own', { BASE_URL: '' }, 'BASE_URL is missing'],
  ['a plain address', { BASE_URL: 'http://api.acme.test' }, 'BASE_URL must be https'],
  ['a folder for files', { S3_URL: 'file:///tmp/files' }, 'S3_URL is a folder'],
  ['a folder for mails', { SMTP_URL: 'file:///tmp/outbox' }, 'SMTP_URL is a folder'],
  [
    'an audit log that is forgotten at once',
    { AUDIT_RETENTION_DAYS: '7' },
    'AUDIT_RETENTION_DAYS must be a number of days, 30',
  ],
  [
    'a weak password of the database',
    { DATABASE_WORKER_URL: 'postgresql://rampart_worker:rampart@db/rampart' },
    "DATABASE_WORKER_URL's password is a sample",
  ],
  [
    'a guessable encryption key',
    { ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}` },
    'ENCRYPTION_KEYS has a key that is a sample',
  ],
])('production refuses %s', (_what, changes, said) => {
  const problems = problemsOf({ ...production, ...changes })
  expect(problems).toEqual([expect.stringContaining(said)])
})
