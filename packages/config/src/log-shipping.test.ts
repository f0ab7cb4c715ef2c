import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './load-config.ts'
import { loadWorkerConfig } from './load-worker-config.ts'
import type { Variables } from './redis-config.ts'

const strong = 'kX9vR2mQ7tL4wZ8nB3'
const production = {
  NODE_ENV: 'production',
  BASE_URL: 'https://api.acme.test',
  DATABASE_URL: `postgresql://rampart_app:${strong}@db.internal:5432/rampart`,
  DATABASE_WORKER_URL: `postgresql://rampart_worker:${strong}@db.internal:5432/rampart`,
  TRUSTED_PROXIES: '10.0.0.0/8',
  REDIS_URL: `rediss://:${strong}@redis.internal:6379`,
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  SMTP_URL: 'smtp://mail.internal:25',
  MAIL_FROM: 'no-reply@acme.test',
}
const cloudWatch = { LOG_CLOUDWATCH_GROUP: '/rampart/prod', AWS_REGION: 'eu-central-1' }
const apiKey = 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw=='
const elasticsearch = {
  LOG_ELASTICSEARCH_URL: 'https://logs.acme.test:9200/es',
  LOG_ELASTICSEARCH_API_KEY: apiKey,
}
const byPassword = {
  LOG_ELASTICSEARCH_URL: 'https://logs.acme.test',
  LOG_ELASTICSEARCH_USERNAME: 'shipper',
  LOG_ELASTICSEARCH_PASSWORD: strong,
}
const otlp = {
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://otlp.acme.test/v1/logs',
  OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'Authorization=Bearer%20t0k3n%3D, x-tenant=acme',
}
const traces = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const loaders = [
  ['the API', loadConfig],
  ['the worker', loadWorkerConfig],
] as const

describe.each(loaders)('where the log of %s goes', (_, load) => {
  function problemsOf(changes: Variables): readonly string[] {
    try {
      load({ ...production, ...changes })
      return []
    } catch (error) {
      if (error instanceof ConfigError) return error.problems
      throw error
    }
  }

  it('is nowhere else by default', () => {
    expect(load(production).logShipping).toEqual({
      environment: 'production',
      cloudWatch: null,
      elasticsearch: null,
      otlp: null,
    })
  })

  it('is read, any of them together, each secret behind its veil', () => {
    const given = { ...production, ...cloudWatch, ...elasticsearch, ...otlp }
    const { logShipping } = load({ ...given, LOG_ENVIRONMENT: 'eu_1' })
    expect(logShipping.environment).toBe('eu_1')
    expect(logShipping.cloudWatch).toEqual({ region: 'eu-central-1', logGroup: '/rampart/prod' })
    expect(logShipping.elasticsearch?.url).toBe('https://logs.acme.test:9200/es')
    expect(logShipping.elasticsearch?.authorization?.reveal()).toBe(`ApiKey ${apiKey}`)
    expect(logShipping.otlp?.url).toBe('https://otlp.acme.test/v1/logs')
    expect(
      Object.entries(logShipping.otlp?.headers ?? {}).map(([name, value]) => [
        name,
        value.reveal(),
      ]),
    ).toEqual([
      ['authorization', 'Bearer t0k3n='],
      ['x-tenant', 'acme'],
    ])
  })

  it('has the headers that are for all of OTLP, where it has none of its own', () => {
    const shared = { OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=all' }
    const { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: endpoint } = otlp
    const tenantOf = (given: Variables) =>
      load({ ...production, ...given }).logShipping.otlp?.headers['x-tenant']?.reveal()
    expect(tenantOf({ ...shared, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: endpoint })).toBe('all')
    expect(tenantOf({ ...shared, ...otlp })).toBe('acme')
  })

  it('may be told by a name and a password', () => {
    const { logShipping } = load({ ...production, ...byPassword })
    expect(logShipping.elasticsearch?.authorization?.reveal()).toBe(
      `Basic ${Buffer.from(`shipper:${strong}`).toString('base64')}`,
    )
  })

  it('never prints its secrets, and is frozen to its depths', () => {
    const config = load({ ...production, ...cloudWatch, ...elasticsearch, ...otlp })
    const printed = `${inspect(config, { depth: 9, showHidden: true })}${JSON.stringify(config)}`
    expect(printed).toContain('/rampart/prod')
    expect(printed).not.toContain(apiKey)
    expect(printed).not.toContain('t0k3n')
    const { cloudWatch: one, elasticsearch: other, otlp: third } = config.logShipping
    const parts = [config.logShipping, one, other, third, third?.headers]
    expect(parts.every((part) => part && Object.isFrozen(part))).toBe(true)
  })

  it.each<[why: string, changes: Variables]>([
    ['a receiver on this machine in clear', { LOG_ELASTICSEARCH_URL: 'http://127.0.0.1:9200' }],
    [
      'a collector on this machine',
      { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://[::1]:4318/v1/logs' },
    ],
    ['a region where nothing needs one', { AWS_REGION: 'nowhere' }],
    ['a region of another partition', { ...cloudWatch, AWS_REGION: 'us-gov-west-1' }],
    ['a cluster that asks for nothing', { LOG_ELASTICSEARCH_URL: 'https://logs.acme.test' }],
    ['a collector of traces on this machine', { [traces]: 'http://localhost:4318' }],
    ['a collector in a network of containers', { [traces]: 'http://otel-collector:4318' }],
    ['a cluster at a private address', { LOG_ELASTICSEARCH_URL: 'http://10.1.2.3:9200' }],
    [
      'a receiver in clear in development',
      { NODE_ENV: 'development', LOG_ELASTICSEARCH_URL: 'http://es:9200', [traces]: 'http://otel' },
    ],
  ])('accepts %s', (_why, changes) => {
    expect(problemsOf(changes)).toEqual([])
  })

  const url = 'must be an http:// or https:// URL without a user, a password or a query'
  it.each<[why: string, changes: Variables, said: string]>([
    ['a group without a region', { ...cloudWatch, AWS_REGION: '' }, 'AWS_REGION is missing'],
    [
      'a group that is none',
      { ...cloudWatch, LOG_CLOUDWATCH_GROUP: 'a:b' },
      'LOG_CLOUDWATCH_GROUP must',
    ],
    [
      'a key without a cluster',
      { LOG_ELASTICSEARCH_API_KEY: apiKey },
      'LOG_ELASTICSEARCH_URL is missing',
    ],
    [
      'a key in clear text',
      { ...elasticsearch, LOG_ELASTICSEARCH_API_KEY: 'id:key-of-it' },
      'LOG_ELASTICSEARCH_API_KEY must',
    ],
    [
      'a name without a password',
      { ...byPassword, LOG_ELASTICSEARCH_PASSWORD: '' },
      'give both or none',
    ],
    [
      'a password without a name',
      { ...byPassword, LOG_ELASTICSEARCH_USERNAME: '' },
      'give both or none',
    ],
    ['a key and a name', { ...byPassword, ...elasticsearch }, 'give one of them'],
    [
      'a password in a URL',
      { LOG_ELASTICSEARCH_URL: 'https://a:b@logs.acme.test' },
      `LOG_ELASTICSEARCH_URL ${url}`,
    ],
    [
      'a token in a URL',
      { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://a.test/v1/logs?t=1' },
      `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT ${url}`,
    ],
    [
      'headers without a receiver',
      { OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'a=b' },
      'ENDPOINT is missing',
    ],
    [
      'headers that are none',
      { ...otlp, OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'a=b,c' },
      'HEADERS must be',
    ],
    [
      'a header with a line end',
      { ...otlp, OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'a=b%0Ac' },
      'HEADERS must be',
    ],
    ['an environment of another form', { LOG_ENVIRONMENT: 'Prod-1' }, 'LOG_ENVIRONMENT must be'],
    [
      'a cluster in clear',
      { LOG_ELASTICSEARCH_URL: 'http://es.internal:9200' },
      'LOG_ELASTICSEARCH_URL must be https',
    ],
    [
      'a collector in clear',
      { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://collector.acme.test:4318/v1/logs' },
      'ENDPOINT must be https',
    ],
    ['traces in clear', { [traces]: 'http://collector.acme.test:4318' }, `${traces} must be https`],
    [
      'traces in clear by an address of their own',
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://8.8.8.8:4318/v1/traces' },
      'TRACES_ENDPOINT must be https',
    ],
    [
      'a sample as a password',
      { ...byPassword, LOG_ELASTICSEARCH_PASSWORD: 'changeme-changeme' },
      'LOG_ELASTICSEARCH_PASSWORD is a sample',
    ],
    [
      'a key that was typed',
      { ...elasticsearch, LOG_ELASTICSEARCH_API_KEY: 'abcdefabcdefabcdef' },
      'LOG_ELASTICSEARCH_API_KEY is a sample',
    ],
  ])('refuses %s', (_why, changes, said) => {
    expect(problemsOf(changes)).toEqual([expect.stringContaining(said)])
  })

  it('has its problems told all at once, without the values', () => {
    const problems = problemsOf({
      LOG_ENVIRONMENT: 'Hunter-2',
      LOG_CLOUDWATCH_GROUP: 'hunter:2',
      LOG_ELASTICSEARCH_URL: 'hunter2',
      LOG_ELASTICSEARCH_API_KEY: 'hunter2',
      LOG_ELASTICSEARCH_PASSWORD: 'hunter2',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'hunter2',
    })
    expect(problems).toHaveLength(10)
    expect(problems.join()).not.toMatch(/hunter.?2/i)
  })
})
