import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from './load-config.ts'

const strong = 'kX9vR2mQ7tL4wZ8nB3'
const development = {
  DATABASE_URL: 'postgresql://rampart_app:pw@localhost:5432/rampart',
  REDIS_URL: 'redis://localhost:6379',
}
const production = {
  NODE_ENV: 'production',
  BASE_URL: 'https://api.acme.test',
  DATABASE_URL: `postgresql://rampart_app:${strong}@db.internal:5432/rampart`,
  REDIS_URL: `rediss://:${strong}@redis.internal:6379`,
}

function problemsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('loadConfig', () => {
  it('takes a development environment with its defaults', () => {
    const config = loadConfig(development)
    expect(config).toMatchObject({
      port: 3000,
      host: 'localhost',
      baseUrl: 'http://localhost:3000',
    })
    expect(config.trustedProxies).toEqual([])
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes a production environment that is fit', () => {
    expect(problemsOf(production)).toEqual([])
  })

  it('takes Upstash in place of a Redis server', () => {
    const { REDIS_URL: _, ...rest } = production
    const upstash = {
      UPSTASH_REDIS_REST_URL: 'https://x.upstash.io',
      UPSTASH_REDIS_REST_TOKEN: strong,
    }
    expect(loadConfig({ ...rest, ...upstash }).redis.kind).toBe('upstash')
  })

  it.each([
    ['a missing database', { ...development, DATABASE_URL: '' }, 'DATABASE_URL'],
    ['a missing Redis', { DATABASE_URL: development.DATABASE_URL }, 'REDIS_URL'],
    [
      'two kinds of Redis',
      { ...development, UPSTASH_REDIS_REST_URL: 'https://x.test' },
      'REDIS_URL',
    ],
    ['a port that is none', { ...development, PORT: '70000' }, 'PORT'],
    [
      'a proxy that is no network',
      { ...development, TRUSTED_PROXIES: '10.0.0.0/33' },
      'TRUSTED_PROXIES',
    ],
    ['an origin with a path', { ...development, CORS_ORIGINS: 'https://a.test/x' }, 'CORS_ORIGINS'],
    [
      'the owner in production',
      { ...production, DATABASE_OWNER_URL: 'postgresql://o:x@h/d' },
      'DATABASE_OWNER_URL',
    ],
    ['plain HTTP in production', { ...production, BASE_URL: 'http://api.acme.test' }, 'BASE_URL'],
    ['no BASE_URL in production', { ...production, BASE_URL: undefined }, 'BASE_URL'],
    [
      'a sample password',
      { ...production, DATABASE_URL: 'postgresql://a:changeme-changeme@h/d' },
      'DATABASE_URL',
    ],
    [
      'a short password',
      { ...production, DATABASE_URL: 'postgresql://a:x1y2z3@h/d' },
      'DATABASE_URL',
    ],
    [
      'the embedded Redis in production',
      {
        ...production,
        REDIS_URL: undefined,
        UPSTASH_REDIS_REST_URL: 'https://x.test',
        UPSTASH_REDIS_REST_TOKEN: `embedded-${strong}`,
      },
      'UPSTASH_REDIS_REST_TOKEN',
    ],
  ])('refuses %s', (_, environment, name) => {
    const problems = problemsOf(environment)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(name)
  })

  it('lists every problem at once, and none of the values', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      DATABASE_URL: 'postgresql://rampart_app:hunter2@h/d',
      DATABASE_OWNER_URL: 'postgresql://rampart_owner:hunter2@h/d',
    })
    expect(problems).toHaveLength(4)
    expect(problems.join()).not.toContain('hunter2')
  })

  it('never prints a secret', () => {
    const config = loadConfig(production)
    const printed = [inspect(config, { depth: 9 }), JSON.stringify(config), `${config.databaseUrl}`]
    expect(printed.join()).not.toContain(strong)
    expect(config.databaseUrl.reveal()).toContain(strong)
  })
})
