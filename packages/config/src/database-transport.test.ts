import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ConfigError } from './config-error.ts'
import { withVerifiedTls } from './database-transport.ts'
import { loadConfig } from './load-config.ts'
import { loadWorkerConfig } from './load-worker-config.ts'

const strong = 'x9fQ2Lm31wZ8eKx7kA'
const urlAt = (host: string, query = '') =>
  `postgresql://rampart_app:${strong}@${host}/rampart${query}`
const common = {
  NODE_ENV: 'production',
  BASE_URL: 'https://api.acme.test',
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  SMTP_URL: `smtps://mailer:${strong}@mail.acme.test`,
  MAIL_FROM: 'Acme <no-reply@acme.test>',
}
const production = {
  ...common,
  DATABASE_URL: urlAt('db:5432'),
  TRUSTED_PROXIES: '10.0.0.0/8',
  REDIS_URL: `redis://:${strong}@redis:6379`,
}
const load = (changes: Readonly<Record<string, string | undefined>>) =>
  loadConfig({ ...production, ...changes })

function problemsOf(changes: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    load(changes)
    return []
  } catch (error) {
    return (error as ConfigError).problems
  }
}

const modeOf = (url: string) => new URL(url).searchParams.get('sslmode')
const modeIn = (host: string, query = '') =>
  modeOf(load({ DATABASE_URL: urlAt(host, query) }).databaseUrl.reveal())

test.each([
  ['a managed database', 'rampart.abc123.eu-central-1.rds.amazonaws.com'],
  ['another port', 'db.neon.example:6432'],
  ['a name of a private zone', 'db.internal'],
  ['a service of Kubernetes in full', 'postgres.default.svc.cluster.local'],
  ['a public address', '203.0.113.7'],
  ['a public address of IPv6', '[2001:4860:4860::8888]:5432'],
])('%s is asked for a certificate that is verified, though the URL does not say so', (_, host) => {
  expect(modeIn(host)).toBe('verify-full')
  expect(modeIn(host, '?sslmode=require&connection_limit=5')).toBe('verify-full')
})

test.each([
  ['this machine', 'localhost:5432'],
  ['its address', '127.0.0.1'],
  ['its address of IPv6', '[::1]:5432'],
  ['a container', 'postgres'],
  ['a private address', '10.0.3.7:5432'],
  ['another', '192.168.1.2'],
  ['a private address of IPv6', '[fd00::7]:5432'],
])('%s is reached as the URL says', (_, host) => {
  expect(modeIn(host)).toBe(null)
  expect(modeIn(host, '?sslmode=verify-full')).toBe('verify-full')
})

test.each([
  ['a number that is an address', '134744072'],
  ['the same in hexadecimal', '0x08080808'],
  ['a port of one’s own and a host of another', 'localhost', '?host=db.acme.example'],
  ['of two hosts the last', 'localhost', '?host=localhost&host=db.acme.example'],
])('%s is no way around it', (_, host, query = '') => {
  expect(modeIn(host, query)).toBe('verify-full')
})

test.each(['d%zz', '%', 'a%2'])('a host such as %s is told, and ends nothing', (host) => {
  expect(problemsOf({ DATABASE_URL: urlAt(host) })).toEqual([
    'DATABASE_URL must be a postgresql:// URL with a host.',
  ])
  expect(problemsOf({ REDIS_URL: `redis://:${strong}@${host}:6379` })).toEqual([
    'REDIS_URL must be a redis:// or rediss:// URL, or a list of them.',
  ])
})

test('a URL without a host, which the environment could fill in, is refused', () => {
  expect(problemsOf({ DATABASE_URL: 'postgresql:///rampart' })).toHaveLength(1)
})

test('a socket is reached as the URL says', () => {
  const url = `postgresql://rampart_app:${strong}@/rampart?host=/var/run/postgresql`
  expect(withVerifiedTls(url)).toBe(url)
})

test.each(['disable', 'allow', 'prefer', 'no-verify'])(
  'sslmode=%s is taken in a network of one’s own, and refused out of it',
  (mode) => {
    const query = `?sslmode=${mode}`
    expect(modeIn('db.internal', query)).toBe(mode)
    expect(problemsOf({ DATABASE_URL: urlAt('db.acme.example', query) })).toEqual([
      'DATABASE_URL leads out of your own network: its sslmode must be verify-full, which it is by itself.',
    ])
  },
)

test.each(['?ssl=0', '?ssl=false', '?uselibpqcompat=true&sslmode=require'])(
  '%s is refused out of it too',
  (query) => {
    expect(problemsOf({ DATABASE_URL: urlAt('db.acme.example', query) })).toHaveLength(1)
    expect(problemsOf({ DATABASE_PLATFORM_URL: urlAt('db.acme.example', query) })).toHaveLength(1)
  },
)

test('the worker’s URL goes by the same rules', () => {
  const worker = { ...common, DATABASE_WORKER_URL: urlAt('db.acme.example') }
  expect(modeOf(loadWorkerConfig(worker).databaseWorkerUrl.reveal())).toBe('verify-full')
  const open = { ...common, DATABASE_WORKER_URL: urlAt('db.acme.example', '?sslmode=disable') }
  expect(() => loadWorkerConfig(open)).toThrow('DATABASE_WORKER_URL leads out of your own network')
})

test('development connects as the URL says', () => {
  const config = load({ NODE_ENV: 'development', DATABASE_URL: urlAt('db.acme.example') })
  expect(modeOf(config.databaseUrl.reveal())).toBe(null)
})

test.each([
  ['redis://:x9fQ2Lm31wZ8eKx7kA@cache.acme.example:6379', 1],
  ['rediss://:x9fQ2Lm31wZ8eKx7kA@cache.acme.example:6379', 0],
  ['redis://:x9fQ2Lm31wZ8eKx7kA@cache:6379', 0],
  ['redis://:x9fQ2Lm31wZ8eKx7kA@cache.acme.example/0?host=localhost', 1],
  ['redis://:x9fQ2Lm31wZ8eKx7kA@10.0.0.7:6379', 0],
  ['redis://:x9fQ2Lm31wZ8eKx7kA@cache.internal:6379', 0],
  ['rediss://:x9fQ2Lm31wZ8eKx7kA@a.example:1,redis://b.example:2', 1],
])('%s has %i problem', (url, count) => {
  expect(problemsOf({ REDIS_URL: url })).toHaveLength(count)
})

test.each([
  ['http://x.upstash.example', 1],
  ['https://x.upstash.example', 0],
  ['http://gateway:8080', 0],
  ['http://x.upstash.example/?host=localhost', 1],
])('%s has %i problem', (url, count) => {
  const rest = { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: strong }
  expect(problemsOf({ REDIS_URL: undefined, ...rest })).toHaveLength(count)
})

test('a token of RDS goes nowhere without TLS, in development neither', () => {
  const rds = { DATABASE_LOGIN: 'rds-iam', AWS_REGION: 'eu-central-1', NODE_ENV: 'development' }
  const at = (host: string, query = '') =>
    load({ ...rds, DATABASE_URL: `postgresql://rampart_app@${host}/rampart${query}` })
  expect(modeOf(at('10.0.0.7').databaseUrl.reveal())).toBe('verify-full')
  expect(modeOf(at('db.internal', '?sslmode=disable').databaseUrl.reveal())).toBe('verify-full')
  expect(modeOf(at('localhost', '?host=db.acme.example').databaseUrl.reveal())).toBe('verify-full')
  expect(at('localhost').rdsRegion).toBe('eu-central-1')
  expect(load({}).rdsRegion).toBe(null)
  expect(problemsOf({ ...rds, AWS_REGION: undefined })).toEqual([
    'AWS_REGION is missing, or no region: DATABASE_LOGIN=rds-iam needs one.',
    'DATABASE_URL has a password, which DATABASE_LOGIN=rds-iam does not use.',
  ])
})
