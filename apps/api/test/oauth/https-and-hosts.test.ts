import { describe, expect, it } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import { createFirstPartyClient } from '../support/issue-token.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let person: Person
let clientId: string

// Served over HTTPS by a proxy that is trusted.
const own = 'https://api.test'
const proxied = ['Host: api.test', 'X-Forwarded-Proto: https', 'X-Forwarded-For: 192.0.2.7']
const lies = [
  'X-Forwarded-Host: evil.test',
  'X-Forwarded-Port: 8080',
  'Forwarded: host=evil.test;proto=http',
  'X-Original-URL: /evil',
]

useWorld(
  async (made) => {
    api = made.api
    person = await made.world.createPerson()
    clientId = await createFirstPartyClient(api)
  },
  { environment: { BASE_URL: own, ALLOWED_HOSTS: 'api.test,evil.test' } },
)

const get = (path: string, headers: readonly string[] = []) =>
  exchangeRequest(api.url, `GET ${path}`, [...proxied, ...headers])

const authorize = () => {
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: 'https://client.test/callback',
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  return `/oauth/authorize?${query}`
}

describe('behind a proxy that speaks HTTPS', () => {
  it('every cookie of an authorization is Secure, HttpOnly and Lax, under a prefix', async () => {
    const { text } = await get(authorize())
    const cookies = [...text.matchAll(/^set-cookie: (.*)$/gim)].map(([, header = '']) =>
      header.trim(),
    )
    expect(cookies.map((cookie) => cookie.split('=')[0]).toSorted()).toEqual([
      '__Secure-oauth-interaction',
      '__Secure-oauth-resume',
    ])
    const cookie = `Cookie: ${api.services.sessions.cookieName}=${person.cookie.split('=')[1]}`
    const signedIn = await get(authorize(), [cookie])
    const [session = ''] = /^set-cookie: (__Host-oauth-session=.*)$/im.exec(signedIn.text) ?? []
    for (const one of [...cookies, session]) {
      expect(one.toLowerCase()).toMatch(/; secure/)
      expect(one.toLowerCase()).toMatch(/; httponly/)
      expect(one.toLowerCase()).toMatch(/; samesite=lax/)
    }
    expect(session).toMatch(/; path=\/(;|$)/)
    expect(signedIn.headers['location']).toMatch(/^https:\/\/client\.test\/callback\?code=/)
  })

  it('HSTS stands on its answers too', async () => {
    for (const path of [authorize(), '/oauth/jwks', '/.well-known/openid-configuration']) {
      expect((await get(path)).headers['strict-transport-security']).toContain('max-age=31536000')
    }
  })
})

describe('a name that the request brings (faults 54)', () => {
  it.each(lies)('%s is in no address, redirect or issuer', async (lie) => {
    for (const path of ['/.well-known/openid-configuration', authorize()]) {
      const answer = await get(path, [lie])
      expect([200, 303, 421]).toContain(answer.status)
      expect(answer.text).not.toContain('evil')
    }
  })

  it('another host that is allowed changes nothing of it', async () => {
    const other = proxied.map((header) => header.replace('Host: api.test', 'Host: evil.test'))
    const answer = await exchangeRequest(api.url, 'GET /.well-known/openid-configuration', other)
    expect(answer.status).toBe(200)
    expect(answer.body).not.toContain('evil')
    expect(JSON.parse(answer.body)).toMatchObject({ issuer: own, jwks_uri: `${own}/oauth/jwks` })
  })

  it('a host that is not allowed is refused', async () => {
    const other = proxied.map((header) => header.replace('Host: api.test', 'Host: other.test'))
    expect((await exchangeRequest(api.url, 'GET /oauth/jwks', other)).status).toBe(421)
  })
})
