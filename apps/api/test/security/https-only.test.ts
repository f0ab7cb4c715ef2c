import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchangeRequest } from '../support/exchange.ts'
import { problemOf } from '../support/problem-of.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { type ServedRoute, watchRoutes } from '../support/watch-routes.ts'

const baseUrl = 'https://api.test'
const served = { BASE_URL: baseUrl, ALLOWED_HOSTS: '127.0.0.1' }
const probes = ['/healthz', '/readyz']
let alone: TestApi
let proxied: TestApi
let routes: readonly ServedRoute[]

beforeAll(async () => {
  const watched = await watchRoutes(() =>
    startApi({ environment: { ...served, NODE_ENV: 'development', TRUSTED_PROXIES: '' } }),
  )
  alone = watched.made
  routes = watched.routes
  proxied = await startApi({ environment: served })
})

afterAll(async () => {
  await alone?.close()
  await proxied?.close()
})

const codeOf = (body: string) => problemOf(JSON.parse(body || '{}'))?.code
const ask = ({ url }: TestApi, line: string, headers: readonly string[] = []) =>
  exchangeRequest(url, line, headers)
const overHttps = 'X-Forwarded-Proto: https'

describe('over plain HTTP, where the API is served over HTTPS', () => {
  it('every route refuses, or is a page that leads to the same one over HTTPS', async () => {
    const redirected: string[] = []
    for (const { method, path } of routes) {
      if (probes.includes(path)) continue
      const answer = await ask(alone, `${method} ${path}?a=%2F`)
      expect(answer.headers, path).not.toHaveProperty('strict-transport-security')
      if (answer.status !== 308) {
        expect([path, answer.status]).toEqual([path, 403])
        if (method !== 'HEAD') expect(answer.body, path).toMatch(/"https_required"/i)
        continue
      }
      expect(['GET', 'HEAD']).toContain(method)
      expect(answer.headers['location']).toBe(`${baseUrl}${path}?a=%2F`)
      expect(answer.headers['cache-control']).toBe('no-store')
      redirected.push(path)
    }
    expect([...new Set(redirected)].toSorted()).toEqual([
      '/',
      '/account/accept-invitation',
      '/account/code',
      '/account/confirm-email',
      '/account/reset-password',
      '/account/signed-in',
      '/account/verify-email',
      '/admin',
      '/admin/access',
      '/admin/alerts',
      '/admin/alerts/1',
      '/admin/audit',
      '/admin/digest',
      '/admin/digest/1',
      '/admin/jobs',
      '/admin/keys',
      '/admin/sessions',
      '/docs',
      '/login/1',
      '/login/1/callback',
      '/oauth/authorize',
      '/oauth/authorize/1',
      '/oauth/interaction/1',
      '/outbox',
    ])
  })

  it.each(['GET /nowhere', 'GET /%ff', 'POST /docs', 'GET //evil.test', 'GET /docs/'])(
    '%s is refused, and redirected nowhere',
    async (line) => {
      const answer = await ask(alone, line)
      expect([answer.status, codeOf(answer.body)]).toEqual([403, 'https_required'])
      expect(answer.headers).not.toHaveProperty('location')
    },
  )

  it('a session and a token are refused as they are, before anyone is asked whose they are', async () => {
    const credentials = ['Cookie: __Host-session=x', 'Authorization: Bearer x.y.z']
    for (const credential of credentials) {
      const { status, body } = await ask(alone, 'GET /api/auth/session', [credential])
      expect([status, codeOf(body)]).toEqual([403, 'https_required'])
    }
  })

  it.each(probes)('%s answers: an orchestrator asks without TLS', async (path) => {
    const answer = await ask(alone, `GET ${path}`)
    expect(answer.status).toBe(200)
    expect(answer.headers).not.toHaveProperty('strict-transport-security')
  })

  it('who says by themselves that they came by HTTPS is not believed', async () => {
    for (const header of [overHttps, 'Forwarded: proto=https', 'X-Forwarded-Ssl: on']) {
      const { status, headers } = await ask(alone, 'GET /api/auth/session', [header])
      expect([status, headers['strict-transport-security']]).toEqual([403, undefined])
    }
  })
})

describe('behind a trusted proxy', () => {
  it('who came to it by HTTPS is served, with HSTS', async () => {
    for (const header of [
      overHttps,
      'X-Forwarded-Proto: HTTPS',
      'X-Forwarded-Proto: http, https',
    ]) {
      const { status, headers } = await ask(proxied, 'GET /api/auth/session', [header])
      expect(status).toBe(401)
      expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
    }
    expect((await ask(proxied, 'GET /docs', [overHttps])).status).toBe(200)
  })

  it.each(['X-Forwarded-Proto: http', 'X-Forwarded-Proto: https, http', 'Via: 1.1 proxy', 'A: b'])(
    'who did not, or of whom it does not say, is refused: %s',
    async (header) => {
      const { status, headers, body } = await ask(proxied, 'GET /api/auth/session', [header])
      expect([status, codeOf(body)]).toEqual([403, 'https_required'])
      expect(headers).not.toHaveProperty('strict-transport-security')
      expect((await ask(proxied, 'GET /docs', [header])).status).toBe(308)
    },
  )
})
