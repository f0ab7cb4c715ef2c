import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './load-config.ts'
import type { Variables } from './redis-config.ts'

const strong = 'kX9vR2mQ7tL4wZ8nB3'
const base64 = (bytes: Buffer) => bytes.toString('base64')
const key = base64(randomBytes(32))
const zeros = base64(Buffer.alloc(32))
const development = {
  ENCRYPTION_KEYS: `k1:${key}`,
  SMTP_URL: 'file:///tmp/outbox',
  DATABASE_URL: 'postgresql://rampart_app:pw@localhost:5432/rampart',
  REDIS_URL: 'redis://localhost:6379',
}
const production = {
  NODE_ENV: 'production',
  BASE_URL: 'https://api.acme.test',
  DATABASE_URL: `postgresql://rampart_app:${strong}@db.internal:5432/rampart`,
  TRUSTED_PROXIES: '10.0.0.0/8',
  REDIS_URL: `rediss://:${strong}@redis.internal:6379`,
  ENCRYPTION_KEYS: `k1:${key}`,
  SMTP_URL: `smtps://mailer:${strong}@mail.acme.test`,
  MAIL_FROM: 'Acme <no-reply@acme.test>',
}
const files = {
  S3_URL: `https://KEY:${strong}@s3.acme.test/bucket?region=eu-central-1`,
  CLAMD_URL: 'tcp://clamd.internal:3310',
}
const upstash = {
  REDIS_URL: undefined,
  UPSTASH_REDIS_REST_URL: 'https://x.upstash.test',
  UPSTASH_REDIS_REST_TOKEN: strong,
}
const databaseWith = (password: string) => `postgresql://app:${password}@db.internal/rampart`

function problemsOf(environment: Variables): readonly string[] {
  try {
    loadConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

const accepted: readonly [why: string, base: Variables, changes: Variables][] = [
  ['a fit production environment', production, {}],
  ['Upstash in place of a Redis server', production, upstash],
  ['a database without a password', production, { DATABASE_URL: 'postgresql://app@db/rampart' }],
  ['an escaped password', production, { DATABASE_URL: databaseWith(`${strong}%40%2F`) }],
  [
    'the nodes of a cluster',
    production,
    { REDIS_URL: `${production.REDIS_URL},redis://node-2:6379` },
  ],
  [
    'networks of both kinds',
    production,
    { TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1,2001:db8::/32' },
  ],
  ['origins', production, { CORS_ORIGINS: 'https://app.acme.test,https://acme.test:8443' }],
  [
    'several encryption keys',
    production,
    { ENCRYPTION_KEYS: `k1:${key}, k2:${base64(randomBytes(32))}` },
  ],
  ['a guessable encryption key in development', development, { ENCRYPTION_KEYS: `k1:${zeros}` }],
  ['a mail server without a log-in', production, { SMTP_URL: 'smtp://mail.internal:25' }],
  ['a mail server by address', production, { SMTP_URL: 'smtp://[::1]:25' }],
  ['a weak password of the mail server in development', development, { SMTP_URL: 'smtp://a:b@h' }],
  ['a sender without a name', production, { MAIL_FROM: 'no-reply@acme.test' }],
  ['a bucket, and who scans what goes in', production, files],
  ['a scanner by its socket', production, { ...files, CLAMD_URL: 'unix:///run/clamd.ctl' }],
  ['no files, and a scanner all the same', production, { CLAMD_URL: files.CLAMD_URL }],
  ['a folder for files in development, unscanned', development, { S3_URL: 'file:///tmp/files' }],
  [
    'a bucket on this machine in development',
    development,
    { S3_URL: 'http://a:b@localhost:9000/b1' },
  ],
  ['a high-risk environment', production, { API_KEY_MAX_AGE_DAYS: '30' }],
  ['keys of a day', production, { API_KEY_MAX_AGE_DAYS: '1' }],
  ['keys of ninety days', production, { API_KEY_MAX_AGE_DAYS: '90' }],
  ['webhooks to this machine in development', development, { WEBHOOKS_TO_LOOPBACK: 'true' }],
  ['webhooks to none of it in production', production, { WEBHOOKS_TO_LOOPBACK: 'false' }],
  ['variables it does not know', production, { UNHEARD_OF: 'x' }],
  ['weak passwords in development', development, { DATABASE_URL: databaseWith('password') }],
  [
    'the embedded Redis in development',
    development,
    { ...upstash, UPSTASH_REDIS_REST_TOKEN: 'embedded-x' },
  ],
  ['the owner in development', development, { DATABASE_OWNER_URL: 'postgresql://o:x@h/d' }],
]

const refused: readonly (readonly [
  why: string,
  base: Variables,
  changes: Variables,
  name: string,
])[] = [
  [
    'a contact that is no address',
    development,
    { SECURITY_CONTACT: 'security@acme.test' },
    'SECURITY_CONTACT must be a mailto: or https: address.',
  ],
  ['a missing database', development, { DATABASE_URL: undefined }, 'DATABASE_URL is missing.'],
  ['an empty database', development, { DATABASE_URL: '' }, 'DATABASE_URL is missing.'],
  ['a database of another make', development, { DATABASE_URL: 'mysql://a@h/d' }, 'DATABASE_URL'],
  ['a broken escape', development, { DATABASE_URL: databaseWith('%zz') }, 'DATABASE_URL'],
  ['a missing Redis', development, { REDIS_URL: undefined }, 'REDIS_URL'],
  ['a Redis by HTTP', development, { REDIS_URL: 'http://h' }, 'REDIS_URL'],
  ['two kinds of Redis', development, { UPSTASH_REDIS_REST_TOKEN: strong }, 'REDIS_URL'],
  [
    'a URL without its token',
    production,
    { ...upstash, UPSTASH_REDIS_REST_TOKEN: '' },
    'UPSTASH_REDIS_REST_TOKEN',
  ],
  [
    'a token without its URL',
    production,
    { ...upstash, UPSTASH_REDIS_REST_URL: '' },
    'UPSTASH_REDIS_REST_URL',
  ],
  ['no encryption keys', development, { ENCRYPTION_KEYS: '' }, 'ENCRYPTION_KEYS is missing.'],
  ['a key without a name', development, { ENCRYPTION_KEYS: key }, 'ENCRYPTION_KEYS must be'],
  [
    'a guessable second key in production',
    production,
    { ENCRYPTION_KEYS: `k1:${key},k2:${zeros}` },
    'ENCRYPTION_KEYS has a key that is a sample, or not random',
  ],
  [
    'a sample as encryption key in production',
    production,
    { ENCRYPTION_KEYS: `k1:changeme${base64(randomBytes(26))}` },
    'ENCRYPTION_KEYS has a key that is a sample, or not random',
  ],
  ['no mail server', development, { SMTP_URL: undefined }, 'SMTP_URL is missing.'],
  ...[
    'http://mail.acme.test',
    'mail.acme.test',
    'smtp://',
    'smtp:mail',
    'smtp://a:1?c@h',
    'smtp://a:1#c@h',
    'smtp://a:1/c@h',
    'smtp://h/?pool=true',
    'smtp://a:%zz@h',
    'smtp://%zz@h',
    'smtp://h:70000',
    ' smtp://h',
    'file://host/outbox',
    'file:///',
    'file:outbox',
  ].map((url) => [`${url} for mails`, development, { SMTP_URL: url }, 'SMTP_URL must be'] as const),
  ['a folder for mails in production', production, { SMTP_URL: 'file:///outbox' }, 'SMTP_URL'],
  ['a short password of the mail server', production, { SMTP_URL: 'smtps://a:x1y2@h' }, 'SMTP_URL'],
  [
    'a sample password of the mail server',
    production,
    { SMTP_URL: 'smtps://a:changeme-changeme@h' },
    'SMTP_URL',
  ],
  ...[
    'https://s3.acme.test/bucket',
    `https://KEY:${strong}@s3.acme.test`,
    `https://KEY:${strong}@s3.acme.test/bucket/folder`,
    `https://KEY:${strong}@s3.acme.test/bucket?x-id=1`,
    `https://KEY:${strong}@s3.acme.test/bucket#x`,
    `https://KEY:%zz@s3.acme.test/bucket`,
    `ftp://KEY:${strong}@s3.acme.test/bucket`,
    'bucket',
    'file:///',
    'file:///%zz',
  ].map((url) => [`${url} for files`, development, { S3_URL: url }, 'S3_URL must be'] as const),
  ...[
    'clamd:3310',
    'tcp://clamd',
    'tcp://a@clamd:3310',
    'http://clamd:3310',
    'unix://run/clamd',
  ].map(
    (url) => [`${url} as a scanner`, development, { CLAMD_URL: url }, 'CLAMD_URL must be'] as const,
  ),
  ['a folder for files in production', production, { ...files, S3_URL: 'file:///files' }, 'S3_URL'],
  [
    'a bucket in clear',
    production,
    { ...files, S3_URL: files.S3_URL.replace('https', 'http') },
    'S3_URL must be https',
  ],
  [
    'a weak secret of the bucket',
    production,
    { ...files, S3_URL: 'https://a:x1@h/bucket' },
    'S3_URL',
  ],
  [
    'files that nobody scans in production',
    production,
    { ...files, CLAMD_URL: undefined },
    'CLAMD_URL is missing',
  ],
  ['no sender in production', production, { MAIL_FROM: undefined }, 'MAIL_FROM is missing.'],
  [
    'webhooks to this machine in production',
    production,
    { WEBHOOKS_TO_LOOPBACK: 'true' },
    'WEBHOOKS_TO_LOOPBACK is for development',
  ],
  [
    'webhooks to who knows where',
    development,
    { WEBHOOKS_TO_LOOPBACK: 'maybe' },
    'WEBHOOKS_TO_LOOPBACK must be true or false.',
  ],
  ['two senders', production, { MAIL_FROM: 'a@a.test, b@a.test' }, 'MAIL_FROM must be'],
  ...['0', '91', '-1', '1.5', 'ninety', '1e1'].map(
    (days) =>
      [
        `API_KEY_MAX_AGE_DAYS=${days}`,
        development,
        { API_KEY_MAX_AGE_DAYS: days },
        'API_KEY_MAX_AGE_DAYS must be a number of days, 1 to 90.',
      ] as const,
  ),
  ['an unknown environment', development, { NODE_ENV: 'staging' }, 'NODE_ENV'],
  ['a pooler it does not know', development, { DATABASE_POOLER: 'session' }, 'DATABASE_POOLER'],
  ['a level it does not know', development, { LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  ['a port out of range', development, { PORT: '70000' }, 'PORT'],
  ['a port in another notation', development, { PORT: '0x50' }, 'PORT'],
  [
    'a network that is too narrow',
    development,
    { TRUSTED_PROXIES: '10.0.0.0/33' },
    'TRUSTED_PROXIES',
  ],
  ['a proxy by name', development, { TRUSTED_PROXIES: 'proxy.internal' }, 'TRUSTED_PROXIES'],
  ['everybody as a proxy', development, { TRUSTED_PROXIES: '0.0.0.0/0' }, 'TRUSTED_PROXIES'],
  ['everybody as a proxy in IPv6', development, { TRUSTED_PROXIES: '::/0' }, 'TRUSTED_PROXIES'],
  ['an origin with a path', development, { CORS_ORIGINS: 'https://a.test/x' }, 'CORS_ORIGINS'],
  ['every origin', development, { CORS_ORIGINS: '*' }, 'CORS_ORIGINS'],
  ['the null origin', development, { CORS_ORIGINS: 'null' }, 'CORS_ORIGINS'],
  ['a host with a path', development, { ALLOWED_HOSTS: 'a.test/x' }, 'ALLOWED_HOSTS'],
  ['a base URL with a path', development, { BASE_URL: 'http://a.test/api' }, 'BASE_URL'],
  ['a base URL with a password', development, { BASE_URL: 'http://a:b@a.test' }, 'BASE_URL'],
  ['no base URL in production', production, { BASE_URL: undefined }, 'BASE_URL'],
  ['plain HTTP in production', production, { BASE_URL: 'http://localhost:3000' }, 'BASE_URL'],
  [
    'an origin over plain HTTP in production',
    production,
    { CORS_ORIGINS: 'https://a.test, http://b.test' },
    'CORS_ORIGINS',
  ],
  [
    'the owner in production',
    production,
    { DATABASE_OWNER_URL: 'postgresql://o:x@h/d' },
    'DATABASE_OWNER_URL',
  ],
  ['a short password', production, { DATABASE_URL: databaseWith('x1y2z3') }, 'DATABASE_URL'],
  [
    'a sample password',
    production,
    { DATABASE_URL: databaseWith('changeme-changeme') },
    'DATABASE_URL',
  ],
  [
    'a sample password in another notation',
    production,
    { DATABASE_URL: databaseWith('%63hangeme-changeme') },
    'DATABASE_URL',
  ],
  [
    'a sample password as a parameter',
    production,
    { DATABASE_URL: 'postgresql://app@db/d?password=example' },
    'DATABASE_URL',
  ],
  [
    'a sample password with a comma',
    production,
    { DATABASE_URL: databaseWith('changeme,changeme') },
    'DATABASE_URL',
  ],
  [
    'a sample password of Redis',
    production,
    { REDIS_URL: 'redis://:password-password@h' },
    'REDIS_URL',
  ],
  [
    'a sample token',
    production,
    { ...upstash, UPSTASH_REDIS_REST_TOKEN: 'example-example-example' },
    'UPSTASH_REDIS_REST_TOKEN',
  ],
  [
    'the embedded Redis in production',
    production,
    { ...upstash, UPSTASH_REDIS_REST_TOKEN: `embedded-${strong}` },
    'UPSTASH_REDIS_REST_TOKEN',
  ],
]

describe('loadConfig', () => {
  it.each(accepted)('accepts %s', (_, base, changes) => {
    expect(problemsOf({ ...base, ...changes })).toEqual([])
  })

  it.each(refused)('refuses %s', (_, base, changes, name) => {
    expect(problemsOf({ ...base, ...changes })).toEqual([expect.stringContaining(name)])
  })

  it('has defaults for development', () => {
    expect(loadConfig(development)).toMatchObject({
      nodeEnv: 'development',
      host: 'localhost',
      port: 3000,
      baseUrl: 'http://localhost:3000',
      allowedHosts: ['localhost:3000', '127.0.0.1:3000', '[::1]:3000'],
      databasePooler: 'none',
      redis: { kind: 'server' },
      trustedProxies: [],
      corsOrigins: [],
      logLevel: 'info',
      encryptionKeys: [{ id: 'k1' }],
      mailFrom: 'Rampart <no-reply@localhost>',
      apiKeyMaxAgeDays: 90,
    })
  })

  it('hands over the keys in their order, the mail server and the ages', () => {
    const second = base64(randomBytes(32))
    const config = loadConfig({
      ...production,
      ENCRYPTION_KEYS: `new:${second},k1:${key}`,
      API_KEY_MAX_AGE_DAYS: '30',
    })
    expect(config.encryptionKeys.map(({ id, key }) => [id, key.reveal()])).toEqual([
      ['new', second],
      ['k1', key],
    ])
    expect(config.smtpUrl.reveal()).toBe(production.SMTP_URL)
    expect([config.s3Url, config.clamdUrl]).toEqual([null, null])
    expect(loadConfig({ ...production, ...files }).s3Url?.reveal()).toBe(files.S3_URL)
    expect(loadConfig({ ...production, ...files }).clamdUrl).toBe(files.CLAMD_URL)
    expect(config).toMatchObject({ mailFrom: production.MAIL_FROM, apiKeyMaxAgeDays: 30 })
  })

  it('reads lists', () => {
    const lists = { ALLOWED_HOSTS: 'API.acme.test, b.test:8443,', TRUSTED_PROXIES: '10.0.0.0/8' }
    expect(loadConfig({ ...production, ...lists })).toMatchObject({
      allowedHosts: ['api.acme.test', 'b.test:8443'],
      trustedProxies: ['10.0.0.0/8'],
    })
  })

  it.each([
    ['0.0.0.0', 'http://localhost:8080'],
    ['::', 'http://localhost:8080'],
    ['::1', 'http://[::1]:8080'],
    ['127.0.0.1', 'http://127.0.0.1:8080'],
  ])('says how to reach HOST=%s from this machine', (host, baseUrl) => {
    expect(loadConfig({ ...development, HOST: host, PORT: '8080' })).toMatchObject({ baseUrl })
  })

  it('lists every problem at once, and none of the values', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      PORT: 'hunter2',
      LOG_LEVEL: 'hunter2',
      CORS_ORIGINS: 'hunter2',
      DATABASE_URL: databaseWith('hunter2'),
      DATABASE_OWNER_URL: databaseWith('hunter2'),
      UPSTASH_REDIS_REST_TOKEN: 'hunter2',
      ENCRYPTION_KEYS: 'hunter2',
      SMTP_URL: 'hunter2',
      S3_URL: 'hunter2',
      CLAMD_URL: 'hunter2',
      API_KEY_MAX_AGE_DAYS: 'hunter2',
    })
    const names = problems.map((sentence) => sentence.match(/^[A-Z0-9_]+/)?.[0])
    expect(new Set(names)).toEqual(
      new Set([
        'PORT',
        'LOG_LEVEL',
        'CORS_ORIGINS',
        'BASE_URL',
        'DATABASE_URL',
        'DATABASE_OWNER_URL',
        'UPSTASH_REDIS_REST_URL',
        'UPSTASH_REDIS_REST_TOKEN',
        'ENCRYPTION_KEYS',
        'SMTP_URL',
        'S3_URL',
        'CLAMD_URL',
        'MAIL_FROM',
        'TLS_CERT_FILE',
        'API_KEY_MAX_AGE_DAYS',
      ]),
    )
    expect(inspect(new ConfigError(problems))).not.toContain('hunter2')
  })

  it.each([
    ['a Redis server', {}],
    ['Upstash', upstash],
  ])('never prints a secret, with %s', (_, changes) => {
    const config = loadConfig({ ...production, ...changes })
    const printed = [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)]
    expect(printed.join()).toContain('api.acme.test')
    for (const secret of [strong, key]) {
      expect([...printed, `${config.databaseUrl}`].join()).not.toContain(secret)
    }
    expect(config.databaseUrl.reveal()).toContain(strong)
  })

  it('is frozen to its depths', () => {
    const config = loadConfig({ ...production, ...upstash })
    const parts = [config, config.redis, config.allowedHosts, config.trustedProxies]
    const keys = [config.encryptionKeys, ...config.encryptionKeys]
    expect([...parts, ...keys, config.corsOrigins].every(Object.isFrozen)).toBe(true)
  })
})
