import { createHash, randomUUID } from 'node:crypto'
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWTHeaderParameters,
  jwtVerify,
  SignJWT,
} from 'jose'
import * as oauth from 'openid-client'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/authorize.ts'
import { type Person, password } from '../support/create-world.ts'
import {
  ask,
  discover,
  errorOf,
  exchange,
  follow,
  obtain,
  type Tokens,
} from '../support/oauth-flows.ts'
import { postForm } from '../support/post-form.ts'
import { type Answer, request } from '../support/request.ts'
import { callback, type OAuthBench, type TestClient, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let person: Person
let browser: TestClient
let server: TestClient
let config: oauth.Configuration
let serverConfig: oauth.Configuration

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
  browser = await made.createClient()
  server = await made.createClient({ kind: 'server', name: 'Server' })
  config = await discover(made, browser)
  serverConfig = await discover(made, server)
})

const at = (path: string) => `${bench.origin}${path}`
const discovery = async (name: string) => (await request(at(`/.well-known/${name}`))).body ?? {}

describe('RFC 9700, the best current practice', () => {
  it('2.1: redirect URIs are compared as they are, and never left out', async () => {
    for (const uri of [`${callback}?x=1`, null]) {
      const { url } = await ask(config, { redirect_uri: uri })
      expect((await createAgent(bench.origin, person.cookie).open(url.href)).leftTo).toBeNull()
    }
    const { url } = await ask(config)
    expect((await follow(bench, { url }, person)).searchParams.has('code')).toBe(true)
  })

  it('2.1.1: a public client and a confidential one use PKCE, by S256 alone', async () => {
    for (const own of [config, serverConfig]) {
      for (const change of [
        { code_challenge: null, code_challenge_method: null },
        { code_challenge_method: 'plain' },
      ]) {
        const { url } = await ask(own, change)
        const answer = await follow(bench, { url }, person)
        expect(answer.searchParams.get('error')).toBe('invalid_request')
      }
    }
    expect((await obtain(bench, serverConfig, person)).access_token).toBeTruthy()
  })

  it('2.1.1: a verifier without a challenge is refused (PKCE downgrade)', async () => {
    const asked = await ask(config)
    const answer = await follow(bench, asked, person)
    const { verifier: foreign } = await ask(config)
    expect(await errorOf(exchange(config, { ...asked, verifier: foreign }, answer))).toBe(
      'invalid_grant',
    )
  })

  it('2.1.2 and 2.4: there is no implicit grant, and none by password', async () => {
    const metadata = await discovery('oauth-authorization-server')
    expect(metadata).toMatchObject({
      response_types_supported: ['code'],
      grant_types_supported: expect.not.arrayContaining(['implicit', 'password']),
    })
    const form = {
      grant_type: 'password',
      username: person.email,
      password: 'x',
      client_id: browser.id,
    }
    expect((await postForm(at('/oauth/token'), form)).body?.['error']).toBe(
      'unsupported_grant_type',
    )
  })

  it('2.2.2: the refresh tokens of a public client rotate', async () => {
    const { refresh_token: token = '' } = await obtain(bench, config, person)
    expect((await oauth.refreshTokenGrant(config, token)).refresh_token).not.toBe(token)
  })

  it('2.3: an access token is for one audience, and has no more than its scopes', async () => {
    const { access_token: token } = await obtain(bench, config, person, { scope: 'order:read:own' })
    expect(decodeJwt(token)).toMatchObject({ aud: bench.audience, scope: 'order:read:own' })
  })

  it('4.2.4 and 4.3.2: nothing of ours is stored, framed or sent on by a browser', async () => {
    const { url } = await ask(config)
    const page = await createAgent(bench.origin).open(url.href)
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    })
    const token = await postForm(at('/oauth/token'), { grant_type: 'x' })
    expect(token.headers.get('cache-control')).toBe('no-store')
  })

  it('4.11: an error that cannot be told to a known client goes nowhere (open redirector)', async () => {
    const { url } = await ask(config, { client_id: randomUUID() })
    const page = await createAgent(bench.origin, person.cookie).open(url.href)
    expect([page.leftTo, page.status]).toEqual([null, 400])
  })

  it('4.12: a form’s answer redirects by 303, so that what was typed is not sent on', async () => {
    const { url } = await ask(config)
    const begun = await request(url.href)
    const cookie = begun.headers
      .getSetCookie()
      .map((header) => header.split(';')[0])
      .join('; ')
    const page = begun.headers.get('location') ?? ''
    const form = { email: person.email, password }
    const posted = await postForm(at(`${page}/password`), form, { headers: { cookie } })
    expect([posted.status, posted.headers.get('location')]).toEqual([303, page])
  })
})

describe('RFC 9068, JWT access tokens', () => {
  let tokens: Tokens
  beforeAll(async () => {
    tokens = await obtain(bench, config, person)
  })

  it('2.1: typ is at+jwt, and RS256 is among the algorithms', async () => {
    const header = decodeProtectedHeader(tokens.access_token)
    expect(header).toMatchObject({ typ: 'at+jwt', alg: 'RS256', kid: expect.any(String) })
    const metadata = await discovery('openid-configuration')
    expect(metadata['id_token_signing_alg_values_supported']).toContain('RS256')
  })

  it('2.2: iss, exp, aud, sub, client_id, iat and jti are there', () => {
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      iss: bench.origin,
      aud: bench.audience,
      sub: person.id,
      client_id: browser.id,
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
    })
  })

  it('2.2: the subject of a service is its client, which no person is', async () => {
    const client = await bench.createService()
    const own = await discover(bench, client)
    const { access_token: token } = await oauth.clientCredentialsGrant(own, {
      scope: 'order:read:own',
    })
    expect(decodeJwt(token)).toMatchObject({ sub: client.id, client_id: client.id })
  })

  it('4: the published keys verify it, for this issuer and audience', async () => {
    const keys = createRemoteJWKSet(new URL(at('/oauth/jwks')))
    const expected = { issuer: bench.origin, audience: bench.audience, typ: 'at+jwt' }
    expect((await jwtVerify(tokens.access_token, keys, expected)).payload.sub).toBe(person.id)
    await expect(jwtVerify(tokens.id_token ?? '', keys, expected)).rejects.toThrow(/typ|aud/)
  })

  it('5: an ID token is no access token', async () => {
    expect(await useToken(bench.api, tokens.id_token ?? '', person)).toBe(401)
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
  })
})

describe('RFC 7009, revocation', () => {
  const revoke = (token: string, { id, secret }: TestClient) =>
    postForm(at('/oauth/revoke'), { token }, { basic: [id, secret] })

  it('2.1: the client proves itself; another’s token is left alone', async () => {
    const { refresh_token: token = '' } = await obtain(bench, serverConfig, person)
    const thief = await bench.createClient({ kind: 'server', name: 'Thief' })
    await revoke(token, thief)
    expect((await revoke(token, { ...server, secret: 'wrong' })).status).not.toBe(200)
    expect((await oauth.refreshTokenGrant(serverConfig, token)).access_token).toBeTruthy()
  })

  it('2.1: a refresh token ends with the access tokens of its grant', async () => {
    const tokens = await obtain(bench, serverConfig, person)
    expect((await revoke(tokens.refresh_token ?? '', server)).status).toBe(200)
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(401)
  })

  it('2.2: an unknown token, and one that is revoked already, is a success', async () => {
    const { refresh_token: token = '' } = await obtain(bench, serverConfig, person)
    for (const one of ['unknown', token, token])
      expect((await revoke(one, server)).status).toBe(200)
  })

  it('2.2.1: an access token is of a kind that is not revoked here', async () => {
    const { access_token: token } = await obtain(bench, serverConfig, person)
    const refused = await revoke(token, server)
    expect([refused.status, refused.body?.['error']]).toEqual([400, 'unsupported_token_type'])
  })
})

describe('RFC 7662, introspection', () => {
  const introspect = (token: string, { id, secret }: TestClient) =>
    postForm(at('/oauth/introspect'), { token }, { basic: [id, secret] })

  it('2.1: the caller proves itself', async () => {
    const { refresh_token: token = '' } = await obtain(bench, serverConfig, person)
    expect((await postForm(at('/oauth/introspect'), { token })).status).toBe(400)
    const wrong = await introspect(token, { ...server, secret: 'wrong' })
    expect([wrong.status, wrong.body?.['error']]).toEqual([401, 'invalid_client'])
  })

  it('2.2: what is active says whose it is, for which client and until when', async () => {
    const { refresh_token: token = '' } = await obtain(bench, serverConfig, person)
    expect((await introspect(token, server)).body).toMatchObject({
      active: true,
      client_id: server.id,
      sub: person.id,
      iss: bench.origin,
      exp: expect.any(Number),
    })
  })

  it('2.2: what is unknown, another’s or over is not active, and nothing more is said', async () => {
    const { refresh_token: token = '' } = await obtain(bench, serverConfig, person)
    const other = await bench.createClient({ kind: 'server', name: 'Other' })
    expect((await introspect(token, other)).body).toEqual({ active: false })
    expect((await introspect('unknown', server)).body).toEqual({ active: false })
    await oauth.tokenRevocation(serverConfig, token)
    expect((await introspect(token, server)).body).toEqual({ active: false })
  })
})

describe('RFC 8414, metadata', () => {
  it('2 and 3: it names the issuer and every endpoint under it', async () => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const metadata = await discovery(name)
      expect(metadata).toMatchObject({
        issuer: bench.origin,
        authorization_endpoint: at('/oauth/authorize'),
        token_endpoint: at('/oauth/token'),
        jwks_uri: at('/oauth/jwks'),
        userinfo_endpoint: at('/oauth/userinfo'),
        revocation_endpoint: at('/oauth/revoke'),
        introspection_endpoint: at('/oauth/introspect'),
        pushed_authorization_request_endpoint: at('/oauth/par'),
        code_challenge_methods_supported: ['S256'],
        response_modes_supported: ['query'],
      })
      for (const url of Object.values(metadata).filter((value) => `${value}`.startsWith('http'))) {
        expect(new URL(`${url}`).origin).toBe(bench.origin)
      }
    }
  })

  it('3.1: what it names is there', async () => {
    const metadata = await discovery('oauth-authorization-server')
    for (const [name, url] of Object.entries(metadata).filter(([key]) =>
      /_(endpoint|uri)$/.test(key),
    )) {
      const preflight = { 'access-control-request-method': 'POST', origin: 'https://client.test' }
      const asked = { method: 'OPTIONS', headers: preflight }
      expect((await request(`${url}`, asked)).status, name).not.toBe(404)
      expect((await request(`${url}`)).status, name).not.toBe(404)
    }
  })
})

describe('RFC 9207, the issuer in the answer', () => {
  it('2: a success and a refusal name it', async () => {
    const { url } = await ask(config)
    expect((await follow(bench, { url }, person)).searchParams.get('iss')).toBe(bench.origin)
    const refused = await ask(config, { prompt: 'none', max_age: '0' })
    const answer = await follow(bench, refused, person)
    expect([...answer.searchParams.keys()]).toContain('error')
    expect(answer.searchParams.get('iss')).toBe(bench.origin)
  })

  it('3: the metadata says so', async () => {
    const metadata = await discovery('oauth-authorization-server')
    expect(metadata['authorization_response_iss_parameter_supported']).toBe(true)
  })
})

describe('RFC 9449, proofs of possession', () => {
  let keys: GenerateKeyPairResult
  let token: string
  const path = () => `/api/users/${person.id}/orders`

  beforeAll(async () => {
    keys = await generateKeyPair('ES256', { extractable: true })
    const DPoP = oauth.getDPoPHandle(config, keys)
    const asked = await ask(config)
    const answer = await follow(bench, asked, person)
    const checks = { pkceCodeVerifier: asked.verifier, ...asked.checks }
    const options = { DPoP }
    const got = await oauth.authorizationCodeGrant(config, answer, checks, undefined, options)
    token = got.access_token
  })

  interface Change {
    readonly payload?: Readonly<Record<string, unknown>>
    readonly header?: Partial<JWTHeaderParameters>
    readonly signedBy?: GenerateKeyPairResult
  }

  async function prove({
    payload = {},
    header = {},
    signedBy = keys,
  }: Change = {}): Promise<string> {
    const jwk = await exportJWK(signedBy.publicKey)
    const usual = {
      jti: randomUUID(),
      htm: 'GET',
      htu: at(path()),
      iat: Math.floor(Date.now() / 1_000),
      ath: createHash('sha256').update(token).digest('base64url'),
    }
    return new SignJWT({ ...usual, ...payload })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
      .sign(signedBy.privateKey)
  }

  const call = (dpop: string, scheme = 'DPoP'): Promise<Answer> =>
    request(at(path()), { headers: { authorization: `${scheme} ${token}`, dpop } })

  it('6: the token names its key', async () => {
    const thumbprint = await calculateJwkThumbprint(await exportJWK(keys.publicKey))
    expect(decodeJwt(token)).toMatchObject({ cnf: { jkt: thumbprint } })
  })

  it('7.1: with its proof it is let in, and a refusal names the scheme', async () => {
    expect((await call(await prove())).status).toBe(200)
    const refused = await request(at(path()), { headers: { authorization: `DPoP ${token}` } })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toMatch(
      /DPoP .*algs="ES256.*error="invalid_token"/,
    )
  })

  it('7.2: as a bearer token it is refused, with its proof too', async () => {
    expect((await call(await prove(), 'Bearer')).status).toBe(401)
    expect(await useToken(bench.api, token, person)).toBe(401)
  })

  it('7.2: a bearer token is no bound one', async () => {
    const bearer = await obtain(bench, config, person)
    const headers = { authorization: `DPoP ${bearer.access_token}`, dpop: await prove() }
    expect((await request(at(path()), { headers })).status).toBe(401)
  })

  const now = () => Math.floor(Date.now() / 1_000)
  const changes: readonly (readonly [string, () => Promise<Change> | Change])[] = [
    ['4.3.1: two of them', () => ({})],
    ['4.3.5: another typ', () => ({ header: { typ: 'jwt' } })],
    [
      '4.3.7: another key',
      async () => ({ signedBy: await generateKeyPair('ES256', { extractable: true }) }),
    ],
    [
      '4.3.6: a signature of another key than it names',
      async () => {
        const other = await generateKeyPair('ES256', { extractable: true })
        return { header: { jwk: await exportJWK(other.publicKey) } }
      },
    ],
    ['4.3.8: another method', () => ({ payload: { htm: 'POST' } })],
    ['4.3.9: another address', () => ({ payload: { htu: at('/api/orders/1') } })],
    ['4.3.9: another host', () => ({ payload: { htu: `https://evil.test${path()}` } })],
    ['4.3.11: an age of six minutes', () => ({ payload: { iat: now() - 360 } })],
    ['4.3.11: a time to come', () => ({ payload: { iat: now() + 360 } })],
    ['4.3.12: the hash of another token', () => ({ payload: { ath: 'A'.repeat(43) } })],
    ['4.3.12: no hash of a token', () => ({ payload: { ath: undefined } })],
    ['4.2: no jti', () => ({ payload: { jti: undefined } })],
  ]

  it.each(changes)('a proof with %s is refused', async (name, change) => {
    const proof = await prove(await change())
    // Node joins a header that comes twice.
    const sent = name.includes('two of them') ? `${proof}, ${await prove()}` : proof
    expect((await call(sent)).status).toBe(401)
    expect((await call(await prove())).status).toBe(200)
  })

  it('4.3.9: query and fragment are left aside', async () => {
    expect((await call(await prove({ payload: { htu: `${at(path())}?limit=1#x` } }))).status).toBe(
      200,
    )
  })

  it('11.1: a proof is good once, also of many at once', async () => {
    const proof = await prove()
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(proof)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await call(proof)).status).toBe(401)
    expect((await call(await prove())).status).toBe(200)
  })

  it('5: at the token endpoint too, of many at once one is taken', async () => {
    const asked = await Promise.all(Array.from({ length: 5 }, () => ask(config)))
    const codes = await Promise.all(
      asked.map(async (one) => (await follow(bench, one, person)).searchParams.get('code') ?? ''),
    )
    const proof = await prove({ payload: { htm: 'POST', htu: at('/oauth/token'), ath: undefined } })
    const spend = (code: string, verifier: string) =>
      postForm(
        at('/oauth/token'),
        {
          grant_type: 'authorization_code',
          client_id: browser.id,
          redirect_uri: callback,
          code,
          code_verifier: verifier,
        },
        { headers: { dpop: proof } },
      )
    const answers = await Promise.all(
      asked.map(({ verifier }, index) => spend(codes[index] ?? '', verifier)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})
