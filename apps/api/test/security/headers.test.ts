import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../support/create-world.ts'
import { exchange, exchangeRequest, type RawAnswer } from '../support/exchange.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi
let secure: TestApi
let world: World
let cookie: string

beforeAll(async () => {
  api = await startApi()
  secure = await startApi({
    environment: { BASE_URL: 'https://api.test', ALLOWED_HOSTS: '127.0.0.1' },
  })
  world = await createWorld(api)
  cookie = `Cookie: ${(await world.createPerson()).cookie}`
})

afterAll(async () => {
  await world?.close()
  await api?.close()
  await secure?.close()
})

const json = 'Content-Type: application/json'
const ask = (line: string, headers: readonly string[] = [], body = '') =>
  exchangeRequest(api.url, line, headers, body)

// Every kind of route and of refusal.
const answers: Readonly<Record<string, readonly [status: number, () => Promise<RawAnswer>]>> = {
  'REST, served': [200, () => ask('GET /api/auth/session', [cookie])],
  'REST, nobody': [401, () => ask('GET /api/auth/session')],
  'REST, missing': [404, () => ask('GET /api/orders/1', [cookie])],
  'REST, invalid': [400, () => ask('GET /api/orders/x', [cookie])],
  'REST, another method': [405, () => ask('PUT /api/orders/1', [cookie])],
  'REST, HEAD': [200, () => ask('HEAD /api/auth/session', [cookie])],
  'REST, from another site': [403, () => ask('POST /api/auth/logout', ['Origin: null'])],
  'REST, another content type': [
    415,
    () => ask('POST /api/auth/login', ['Content-Type: text/plain'], 'x'),
  ],
  'REST, a large body': [413, () => ask('POST /api/auth/login', [json, 'Content-Length: 102401'])],
  'tRPC, served': [200, () => ask('GET /trpc/auth.session', [cookie])],
  'tRPC, nobody': [401, () => ask('GET /trpc/auth.session')],
  'tRPC, unknown': [404, () => ask('GET /trpc/no.where')],
  'tRPC, another method': [405, () => ask('GET /trpc/auth.login')],
  'tRPC, broken': [400, () => ask('POST /trpc/auth.login', [json], '{')],
  'an unknown path': [404, () => ask('GET /nowhere')],
  'an unreadable path': [400, () => ask('GET /api/orders/%ff')],
  'a long path': [400, () => ask(`GET /api/orders/${'1'.repeat(9_000)}`, [cookie])],
  'another host': [421, () => ask('GET /api/auth/session', ['Host: evil.test'])],
  'no host': [
    421,
    () => exchange(api.url, 'GET /api/orders/1 HTTP/1.1\r\nConnection: close\r\n\r\n'),
  ],
  'two hosts': [400, () => ask('GET /openapi.json', ['Host: 127.0.0.1', 'Host: evil.test'])],
  '/healthz': [200, () => ask('GET /healthz')],
  '/readyz': [200, () => ask('GET /readyz')],
  '/openapi.json': [200, () => ask('GET /openapi.json')],
  '/docs': [200, () => ask('GET /docs')],
  '/docs/start.js': [200, () => ask('GET /docs/start.js')],
  'a file of /docs': [200, () => ask('GET /docs/assets/swagger-ui.css')],
  'a file outside of /docs': [404, () => ask('GET /docs/assets/package.json')],
  'no HTTP': [400, () => exchange(api.url, 'NONSENSE\r\n\r\n')],
  'too many headers': [431, () => ask('GET /healthz', [`X-Long: ${'x'.repeat(17_000)}`])],
}

const apiPolicy = "default-src 'none';frame-ancestors 'none'"

describe.each(Object.entries(answers))('%s', (name, [status, get]) => {
  it('carries the security headers and nothing that tells what we run', async () => {
    const { headers, status: answered } = await get()
    expect(answered).toBe(status)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': name === 'a file of /docs' ? 'public, no-cache' : 'no-store',
    })
    const policy = headers['content-security-policy']
    if (name === '/docs') expect(policy).toContain("frame-ancestors 'none'")
    else expect(policy).toBe(apiPolicy)
    for (const telling of ['x-powered-by', 'server', 'strict-transport-security']) {
      expect(headers).not.toHaveProperty(telling)
    }
  })
})

// Named one by one in edge/security-headers.ts, whatever helmet's defaults become.
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'x-dns-prefetch-control': 'off',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
}

describe('what is asked of browsers', () => {
  it.each(['/api/auth/session', '/trpc/auth.session', '/nowhere', '/openapi.json', '/readyz'])(
    '%s sends no referrer, and is nothing to anyone else’s page',
    async (path) => {
      const { headers } = await ask(`GET ${path}`)
      expect(headers).toMatchObject({ ...isolation, 'referrer-policy': 'no-referrer' })
      expect(headers).not.toHaveProperty('permissions-policy')
    },
  )

  it.each(['/', '/docs', '/account/verify-email', '/account/signed-in', '/oauth/interaction/x'])(
    '%s is a page: its forms say where they come from, it runs nothing inline and asks for nothing',
    async (path) => {
      const { headers } = await ask(`GET ${path}`)
      expect(headers).toMatchObject({ ...isolation, 'referrer-policy': 'same-origin' })
      expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/)
      expect(headers['permissions-policy']).toContain('camera=(), ')
    },
  )

  it('the root leads to the reference', async () => {
    const { status, headers } = await ask('GET /')
    expect([status, headers['location']]).toEqual([302, '/docs'])
  })
})

describe('HTTPS', () => {
  it.each(['/healthz', '/nowhere', '/api/auth/session', '/trpc/auth.session', '/docs'])(
    'is demanded for a year by %s where the API is reached over it',
    async (path) => {
      const overHttps = ['X-Forwarded-Proto: https']
      const { headers } = await exchangeRequest(secure.url, `GET ${path}`, overHttps)
      expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
    },
  )
})

describe('/docs', () => {
  const directives = (policy: string | undefined) =>
    Object.fromEntries(
      (policy ?? '').split(';').map((part) => {
        const [name = '', ...values] = part.trim().split(' ')
        return [name, values]
      }),
    )

  it('runs scripts of its own alone, and loads from no other host', async () => {
    const { headers, body } = await ask('GET /docs')
    const policy = directives(headers['content-security-policy'])
    expect(policy).toMatchObject({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    })
    expect(headers['content-security-policy']).not.toMatch(/unsafe-eval|https?:|\*/)
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|\bon\w+=|(src|href)="(https?:)?\/\//)
    expect(body).toContain('<script src="/docs/start.js"')
  })
})
