import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { networksOf } from './cdn-networks.ts'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './load-config.ts'
import type { Variables } from './redis-config.ts'

const strong = 'kX9vR2mQ7tL4wZ8nB3'
const secret = randomBytes(32).toString('hex')
const development = {
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  SMTP_URL: 'file:///tmp/outbox',
  DATABASE_URL: 'postgresql://rampart_app:pw@localhost:5432/rampart',
  REDIS_URL: 'redis://localhost:6379',
}
const production = {
  ...development,
  NODE_ENV: 'production',
  BASE_URL: 'https://api.acme.test',
  TRUSTED_PROXIES: '10.0.0.0/8',
  DATABASE_URL: `postgresql://rampart_app:${strong}@db.internal:5432/rampart`,
  SMTP_URL: 'smtp://mail.internal:25',
  MAIL_FROM: 'no-reply@acme.test',
}

function problemsOf(environment: Variables): readonly string[] {
  try {
    loadConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('a CDN in TRUSTED_PROXIES', () => {
  it('stands for its networks, beside proxies of our own', () => {
    const TRUSTED_PROXIES = '10.0.0.0/16, cloudflare,aws, 192.0.2.1'
    const config = loadConfig({ ...production, TRUSTED_PROXIES, ORIGIN_SECRETS: secret })
    expect(config.trustedProxies).toEqual(['10.0.0.0/16', '192.0.2.1'])
    expect(config.cdnNetworks).toEqual([...networksOf('cloudflare'), ...networksOf('aws')])
  })

  it.each([
    ['development', development],
    ['production', production],
  ])('is refused without a secret in %s', (_name, environment) => {
    for (const [TRUSTED_PROXIES, ORIGIN_SECRETS] of [
      ['cloudflare', ''],
      ['10.0.0.0/8, aws', undefined],
      ['aws,', ' , ,'],
    ]) {
      expect(problemsOf({ ...environment, TRUSTED_PROXIES, ORIGIN_SECRETS })).toEqual([
        'ORIGIN_SECRETS is missing: it is how a CDN in TRUSTED_PROXIES is known.',
      ])
    }
    const TRUSTED_PROXIES = 'cloudflare'
    expect(problemsOf({ ...environment, TRUSTED_PROXIES, ORIGIN_SECRETS: secret })).toEqual([])
    expect(problemsOf({ ...environment, TRUSTED_PROXIES: '10.0.0.0/8' })).toEqual([])
  })

  it.each(['Cloudflare', 'cloudflare/8', 'fastly', 'aws;cloudflare'])(
    '%s is none that is known',
    (name) => {
      const [problem] = problemsOf({
        ...development,
        TRUSTED_PROXIES: name,
        ORIGIN_SECRETS: secret,
      })
      expect(problem).toMatch(/^TRUSTED_PROXIES must be .*cloudflare, aws/)
    },
  )
})

describe('ORIGIN_SECRETS', () => {
  it('may be several, for the time of a change, and never print', () => {
    const other = randomBytes(24).toString('base64url')
    const config = loadConfig({ ...production, ORIGIN_SECRETS: `${secret}, ${other}` })
    expect(config.originSecrets.map((one) => one.reveal())).toEqual([secret, other])
    const printed = inspect(config, { depth: 9, showHidden: true }) + JSON.stringify(config)
    for (const text of [secret, other]) expect(printed).not.toContain(text)
    expect(loadConfig(production).originSecrets).toEqual([])
    const lists = [config.originSecrets, config.cdnNetworks, config.trustedProxies]
    expect(lists.every(Object.isFrozen)).toBe(true)
  })

  it.each(['hunter2', 'x'.repeat(31), 'x'.repeat(129), `${secret}!`, `${secret} ${secret}`])(
    '%s has not their form, and is not shown',
    (text) => {
      const problems = problemsOf({ ...development, ORIGIN_SECRETS: text })
      expect(problems).toEqual([expect.stringMatching(/^ORIGIN_SECRETS must be a list of secrets/)])
      expect(problems.join()).not.toContain(text)
    },
  )

  it.each([
    ['a sample', `changeme-${secret}`.slice(0, 64)],
    ['one character', 'a'.repeat(64)],
    ['a pattern', 'abcd1234'.repeat(4).replaceAll('4', '3')],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'],
    ['a good one and a sample', `${secret},${'example-'.repeat(5)}`],
  ])('%s is refused in production alone', (_name, text) => {
    expect(problemsOf({ ...production, ORIGIN_SECRETS: text })).toEqual([
      'ORIGIN_SECRETS has one that is a sample, or not random: openssl rand -hex 32.',
    ])
    expect(problemsOf({ ...development, ORIGIN_SECRETS: text })).toEqual([])
  })

  it('drawn ones are taken', () => {
    for (let drawn = 0; drawn < 200; drawn += 1) {
      const ORIGIN_SECRETS = randomBytes(16).toString('hex')
      expect(problemsOf({ ...production, ORIGIN_SECRETS })).toEqual([])
    }
  })
})
