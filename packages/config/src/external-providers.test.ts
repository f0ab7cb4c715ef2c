import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './load-config.ts'
import type { Variables } from './redis-config.ts'

const strong = 'kX9vR2mQ7tL4wZ8nB3'
const base = {
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  SMTP_URL: 'smtp://mail.internal:25',
  MAIL_FROM: 'Acme <no-reply@acme.test>',
  BASE_URL: 'https://api.acme.test',
  TRUSTED_PROXIES: '10.0.0.0/8',
  DATABASE_URL: `postgresql://rampart_app:${strong}@db.internal/rampart`,
  REDIS_URL: `rediss://:${strong}@redis.internal:6379`,
}
const acme = {
  OIDC_ACME_ISSUER: 'https://id.acme.test/realm',
  OIDC_ACME_CLIENT_ID: 'rampart',
  OIDC_ACME_CLIENT_SECRET: strong,
}
const google = { OIDC_GOOGLE_CLIENT_ID: 'rampart', OIDC_GOOGLE_CLIENT_SECRET: strong }

function problemsOf(changes: Variables, nodeEnv = 'development'): readonly string[] {
  try {
    loadConfig({ ...base, NODE_ENV: nodeEnv, ...changes })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

test('providers come in the order of their names, whole, and their secrets never print', () => {
  const { externalProviders } = loadConfig({ ...base, ...google, ...acme })
  expect(externalProviders).toMatchObject([
    { name: 'acme', issuer: acme.OIDC_ACME_ISSUER, clientId: 'rampart' },
    { name: 'google', issuer: null, clientId: 'rampart' },
  ])
  expect(externalProviders.map(({ clientSecret }) => clientSecret.reveal())).toEqual([
    strong,
    strong,
  ])
  expect(inspect(externalProviders, { depth: 9, showHidden: true })).not.toContain(strong)
  expect([externalProviders, ...externalProviders].every(Object.isFrozen)).toBe(true)
})

test('without their variables there are none', () => {
  expect(loadConfig(base).externalProviders).toEqual([])
})

const accepted: readonly [why: string, nodeEnv: string, changes: Variables][] = [
  ['a provider of one’s own', 'production', acme],
  ['the presets, without an issuer', 'production', google],
  ['a tenant of Microsoft', 'production', preset('MICROSOFT', 'https://login.test/tenant/v2.0')],
  ['a GitHub of one’s own', 'production', preset('GITHUB', 'https://github.acme.test')],
  ['plain HTTP in development', 'development', { ...acme, OIDC_ACME_ISSUER: 'http://[::1]:9000' }],
  ['variables of another kind', 'production', { OIDC_TOKEN: 'x', OIDC_1_CLIENT_ID: 'x' }],
]

function preset(name: string, issuer: string): Variables {
  return {
    [`OIDC_${name}_ISSUER`]: issuer,
    [`OIDC_${name}_CLIENT_ID`]: 'rampart',
    [`OIDC_${name}_CLIENT_SECRET`]: strong,
  }
}

test.each(accepted)('%s: accepted', (_, nodeEnv, changes) => {
  expect(problemsOf(changes, nodeEnv)).toEqual([])
})

type Refused = [why: string, nodeEnv: string, changes: Variables, problem: string]

const refused: readonly Refused[] = [
  ['no issuer', 'development', { ...acme, OIDC_ACME_ISSUER: '' }, 'OIDC_ACME_ISSUER is missing.'],
  [
    'no client id',
    'development',
    { ...google, OIDC_GOOGLE_CLIENT_ID: undefined },
    'OIDC_GOOGLE_CLIENT_ID is missing.',
  ],
  [
    'no client secret',
    'development',
    { ...google, OIDC_GOOGLE_CLIENT_SECRET: '' },
    'OIDC_GOOGLE_CLIENT_SECRET is missing.',
  ],
  ...[
    'id.acme.test',
    'ftp://id.acme.test',
    'https://a:b@id.acme.test',
    'https://id.acme.test?tenant=a',
    'https://id.acme.test/#a',
  ].map(
    (issuer): Refused => [
      `${issuer} as an issuer`,
      'development',
      { ...acme, OIDC_ACME_ISSUER: issuer },
      'OIDC_ACME_ISSUER must be an http:// or https:// URL',
    ],
  ),
  [
    'plain HTTP in production',
    'production',
    { ...acme, OIDC_ACME_ISSUER: 'http://id.acme.test' },
    'OIDC_ACME_ISSUER must be https in production.',
  ],
  [
    'a sample secret in production',
    'production',
    { ...google, OIDC_GOOGLE_CLIENT_SECRET: 'changeme-changeme' },
    'OIDC_GOOGLE_CLIENT_SECRET is a sample',
  ],
]

test.each(refused)('%s: refused', (_, nodeEnv, changes, problem) => {
  expect(problemsOf(changes, nodeEnv)).toEqual([expect.stringContaining(problem)])
})

test('what is missing of several is told at once, and no value', () => {
  const problems = problemsOf({
    OIDC_ACME_ISSUER: 'hunter2',
    OIDC_GITHUB_CLIENT_ID: 'hunter2',
    PORT: 'hunter2',
  })
  expect(problems.join()).not.toContain('hunter2')
  expect(problems.map((sentence) => sentence.split(' ')[0])).toEqual([
    'PORT',
    'OIDC_ACME_CLIENT_ID',
    'OIDC_ACME_CLIENT_SECRET',
    'OIDC_ACME_ISSUER',
    'OIDC_GITHUB_CLIENT_SECRET',
  ])
})
