import { createHmac, createPublicKey } from 'node:crypto'
import {
  base64url,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose'
import type * as oauth from 'openid-client'
import { describe, expect, it } from 'vitest'
import { createAgent } from '../support/authorize.ts'
import type { Person } from '../support/create-world.ts'
import { ask, discover, exchange, follow, obtain, type Tokens } from '../support/oauth-flows.ts'
import { postForm } from '../support/post-form.ts'
import { request } from '../support/request.ts'
import { callback, type OAuthBench, type TestClient, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let person: Person
let client: TestClient
let config: oauth.Configuration

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
  client = await made.createClient()
  config = await discover(made, client)
})

const other = 'https://client.test/other'

/** A code that nobody has spent, and what its exchange sends. */
async function takeCode() {
  const asked = await ask(config)
  const answer = await follow(bench, asked, person)
  const form = {
    grant_type: 'authorization_code',
    client_id: client.id,
    redirect_uri: callback,
    code: answer.searchParams.get('code') ?? '',
    code_verifier: asked.verifier,
  }
  return {
    form,
    spend: (more = {}) => postForm(`${bench.origin}/oauth/token`, { ...form, ...more }),
  }
}

describe('the exchange of a code', () => {
  it.each([
    ['a wrong verifier', { code_verifier: 'a'.repeat(43) }, 'invalid_grant'],
    ['no verifier', { code_verifier: '' }, 'invalid_grant'],
    ['a verifier that is too short', { code_verifier: 'short' }, 'invalid_request'],
    ['another redirect_uri', { redirect_uri: other }, 'invalid_grant'],
    ['a redirect_uri with a slash more', { redirect_uri: `${callback}/` }, 'invalid_grant'],
    ['no redirect_uri', { redirect_uri: '' }, 'invalid_request'],
    ['a made-up code', { code: 'A'.repeat(43) }, 'invalid_grant'],
    ['another grant', { grant_type: 'client_credentials' }, 'invalid_request'],
    ['a password grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no client', { client_id: '' }, 'invalid_request'],
    ['an unknown client', { client_id: '01234567-89ab-7def-8123-456789abcdef' }, 'invalid_client'],
    ['a client that is no id', { client_id: "' OR 1=1" }, 'invalid_client'],
  ])('refuses %s, and takes the code as it was given', async (_what, change, code) => {
    const { spend } = await takeCode()
    const refused = await spend(change)
    expect(refused.body?.['error'], refused.text).toBe(code)
    expect(refused.body?.['access_token']).toBeUndefined()
    // Whoever spoils a code has spent it in some cases: the control is a code of its own.
    expect((await (await takeCode()).spend()).status).toBe(200)
  })

  it('refuses another client’s code, that of a server with its secret too', async () => {
    const { form, spend } = await takeCode()
    const thief = await bench.createClient({ kind: 'server', name: 'Thief' })
    const basic = [thief.id, thief.secret] as const
    const { client_id: _own, ...rest } = form
    const stolen = await postForm(`${bench.origin}/oauth/token`, rest, { basic })
    expect(stolen.body?.['error']).toBe('invalid_grant')
    expect((await spend()).status).toBe(200)
  })

  it('takes a code once; the second time it ends what the first has bought', async () => {
    const { spend } = await takeCode()
    const bought = await spend()
    const token = String(bought.body?.['access_token'])
    expect(await useToken(bench.api, token, person)).toBe(200)
    const again = await spend()
    expect([again.status, again.body?.['error']]).toEqual([400, 'invalid_grant'])
    expect(await useToken(bench.api, token, person)).toBe(401)
    const refresh = { grant_type: 'refresh_token', client_id: client.id }
    const refresh_token = String(bought.body?.['refresh_token'])
    const late = await postForm(`${bench.origin}/oauth/token`, { ...refresh, refresh_token })
    expect(late.body?.['error']).toBe('invalid_grant')
  })

  it('refuses a wrong secret and one that is no longer good, in header and body', async () => {
    const server = await bench.createClient({ kind: 'server', name: 'Server' })
    const form = { grant_type: 'refresh_token', refresh_token: 'none' }
    const prove = async (secret: string) =>
      (await postForm(`${bench.origin}/oauth/token`, form, { basic: [server.id, secret] })).body?.[
        'error'
      ]
    const [row] = await bench.world.sql.run(
      'SELECT secret_hash AS hash FROM oauth_clients WHERE id = $1',
      [server.id],
    )
    for (const wrong of ['', 'wrong', `${server.secret}A`, String(row?.['hash'])]) {
      expect(['invalid_client', 'invalid_request'], wrong).toContain(await prove(wrong))
    }
    expect(await prove(server.secret)).toBe('invalid_grant')
    const inBody = { ...form, client_id: server.id, client_secret: 'wrong' }
    const refused = await postForm(`${bench.origin}/oauth/token`, inBody)
    expect([refused.status, refused.body?.['error']]).toEqual([401, 'invalid_client'])
  })
})

describe('an authorization request', () => {
  const open = async (change: Readonly<Record<string, string | null>>) => {
    const { url } = await ask(config, change)
    return createAgent(bench.origin, person.cookie).open(url.href)
  }

  it.each([
    ['of another host', 'https://evil.test/callback'],
    ['with a slash more', `${callback}/`],
    ['with a query', `${callback}?next=https://evil.test`],
    ['with a fragment', `${callback}#x`],
    ['under a look-alike', 'https://client.test.evil.test/callback'],
    ['with a user', 'https://client.test@evil.test/callback'],
    ['by another scheme', 'http://client.test/callback'],
    ['in another case', 'https://client.test/Callback'],
    ['with a path that climbs', 'https://client.test/x/../callback'],
    ['that is encoded', 'https://client.test/%63allback'],
    ['on another port', 'https://client.test:8443/callback'],
    ['of a script', 'javascript:alert(1)'],
    ['that is empty', ''],
    ['that is missing', null],
  ])('with a redirect_uri %s goes nowhere', async (_what, uri) => {
    const page = await open({ redirect_uri: uri })
    expect(page.leftTo).toBeNull()
    expect(page.status).toBe(400)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.text).not.toContain('evil')
    expect((await open({})).leftTo?.searchParams.get('code')).toBeTruthy()
  })

  it.each([
    ['without PKCE', { code_challenge: null, code_challenge_method: null }, 'invalid_request'],
    ['with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['with a challenge and no method', { code_challenge_method: null }, 'invalid_request'],
    ['for a token in the front channel', { response_type: 'token' }, 'invalid_request'],
    ['for an ID token in it', { response_type: 'code id_token' }, 'invalid_request'],
    ['for another audience', { resource: 'https://other.test/api' }, 'invalid_target'],
    ['with a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    [
      'with a request_uri of elsewhere',
      { request_uri: 'https://evil.test/r' },
      'request_uri_not_supported',
    ],
  ])('%s is refused, and the client is told', async (_what, change, code) => {
    const { leftTo, text } = await open(change)
    // In the fragment where that is what was asked for.
    const told = new URLSearchParams(leftTo?.hash ? leftTo.hash.slice(1) : leftTo?.search)
    expect(told.get('error'), text).toBe(code)
    expect([told.get('code'), told.get('id_token'), told.get('access_token')]).toEqual([
      null,
      null,
      null,
    ])
    expect(told.get('iss')).toBe(bench.origin)
  })

  it.each(['form_post', 'fragment', 'web_message', 'query.jwt'])(
    'with an answer by %s goes nowhere, and no page has a script',
    async (mode) => {
      const page = await open({ response_mode: mode })
      expect([page.status, page.leftTo]).toEqual([400, null])
      expect(page.text).not.toContain('<script')
      expect((await open({ response_mode: 'query' })).leftTo?.searchParams.get('code')).toBeTruthy()
    },
  )

  it('with a parameter twice is refused', async () => {
    const { url } = await ask(config)
    url.searchParams.append('scope', 'openid order:delete:any')
    const page = await createAgent(bench.origin, person.cookie).open(url.href)
    expect(page.leftTo?.searchParams.get('error') ?? page.status).toBe('invalid_request')
  })

  it('by POST, with a password in it or a token is no way in', async () => {
    const { url } = await ask(config)
    const posted = await postForm(
      `${bench.origin}/oauth/authorize`,
      Object.fromEntries(url.searchParams),
    )
    expect(posted.status).toBe(405)
  })

  it('for what the client may not ask gets a grant without it', async () => {
    const narrow = await bench.createClient({ scopes: ['order:read:own'] })
    const narrowConfig = await discover(bench, narrow)
    const tokens = await obtain(bench, narrowConfig, person)
    expect(tokens.scope?.split(' ')).not.toContain('order:create:own')
    expect(tokens.scope?.split(' ')).toContain('order:read:own')
  })

  it.each(['apiKey:create:own', 'oauthClient:create:any', 'organization:update:any'])(
    'for %s, which no program gets, is answered without it',
    async (permission) => {
      const owner = await bench.world.createPerson({ role: 'owner' })
      const { scope } = await obtain(bench, config, owner, {
        scope: `order:read:own ${permission}`,
      })
      expect(scope).toBe('order:read:own')
    },
  )
})

describe('a token that is none of ours for this API', () => {
  const keyOf = async () => (await generateKeyPair('RS256', { extractable: true })).privateKey
  let tokens: Tokens

  async function good() {
    tokens ??= await obtain(bench, config, person)
    return tokens
  }
  const claims = async () => decodeJwt((await good()).access_token)
  async function jwks(): Promise<JWK> {
    const { body } = await request(`${bench.origin}/oauth/jwks`)
    const { keys } = body as unknown as JSONWebKeySet
    const [key] = keys
    if (!key) throw new Error('There is no key.')
    return key
  }
  const header = async (): Promise<JWTHeaderParameters> => ({
    alg: 'RS256',
    typ: 'at+jwt',
    kid: `${(await jwks()).kid}`,
  })
  const sign = async (payload: JWTPayload, more: Partial<JWTHeaderParameters> = {}) =>
    new SignJWT(payload).setProtectedHeader({ ...(await header()), ...more }).sign(await keyOf())
  const unsigned = (payload: JWTPayload, alg: string) =>
    [{ alg, typ: 'at+jwt' }, payload]
      .map((part) => base64url.encode(JSON.stringify(part)))
      .concat('')
      .join('.')

  const forgeries: Readonly<Record<string, () => Promise<string>>> = {
    'of alg none': async () => unsigned(await claims(), 'none'),
    'of alg None': async () => unsigned(await claims(), 'None'),
    'signed by another key under our kid': async () => sign(await claims()),
    'with its own key beside it': async () => {
      const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
      const jwk = await exportJWK(publicKey)
      return new SignJWT(await claims())
        .setProtectedHeader({ ...(await header()), jwk })
        .sign(privateKey)
    },
    'with a jku of elsewhere': async () => sign(await claims(), { jku: 'https://evil.test/jwks' }),
    'with an x5u of elsewhere': async () => sign(await claims(), { x5u: 'https://evil.test/x5u' }),
    'with a kid that is a path': async () => sign(await claims(), { kid: '../../etc/passwd' }),
    'with a kid that is SQL': async () => sign(await claims(), { kid: "' UNION SELECT 'key" }),
    'with our public key as the secret of HS256': async () => {
      const pem = createPublicKey({ key: await jwks(), format: 'jwk' }).export({
        type: 'spki',
        format: 'pem',
      })
      const parts = [{ alg: 'HS256', typ: 'at+jwt' }, await claims()]
      const text = parts.map((part) => base64url.encode(JSON.stringify(part))).join('.')
      return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`
    },
    'that was changed': async () => {
      const [head, , signature] = (await good()).access_token.split('.')
      const payload = { ...(await claims()), scope: 'order:read:any' }
      return [head, base64url.encode(JSON.stringify(payload)), signature].join('.')
    },
    'without its signature': async () =>
      `${(await good()).access_token.split('.').slice(0, 2).join('.')}.`,
    'that is the ID token': async () => (await good()).id_token ?? '',
    'that is the refresh token': async () => (await good()).refresh_token ?? '',
    'that is a client’s secret': async () =>
      (await bench.createClient({ kind: 'server', name: 'Server' })).secret,
    'that is no JWT': async () => 'a.b.c',
    'that is very long': async () => `${'a'.repeat(9_000)}.b.c`,
  }

  it.each(Object.entries(forgeries))('%s is refused', async (_what, forge) => {
    const { access_token: real } = await good()
    expect(await useToken(bench.api, real, person)).toBe(200)
    const forged = await forge()
    const answer = await request(`${bench.origin}/api/auth/session`, {
      headers: { authorization: `Bearer ${forged}` },
    })
    expect([401, 431], answer.text).toContain(answer.status)
    if (answer.status === 401) {
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
    }
  })

  it('is not read from the URL or from a form', async () => {
    const { access_token: token } = await good()
    const url = `${bench.origin}/api/users/${person.id}/orders?access_token=${token}`
    expect((await request(url)).status).toBe(400 + 1)
    const userinfo = await postForm(`${bench.origin}/oauth/userinfo`, { access_token: token })
    expect(userinfo.status).not.toBe(200)
  })
})

describe('names of other hosts', () => {
  it('are in no address that the server gives, whatever the request says', async () => {
    const names = { 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' }
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
    ]) {
      const answer = await request(bench.origin + path, { headers: names })
      expect([200, 421]).toContain(answer.status)
      expect(answer.text).not.toContain('evil')
    }
    const clean = await request(`${bench.origin}/.well-known/openid-configuration`)
    expect(clean.body).toMatchObject({
      issuer: bench.origin,
      token_endpoint: `${bench.origin}/oauth/token`,
    })
  })
})

it('a body that is too large is refused before it is read', async () => {
  const answer = await postForm(`${bench.origin}/oauth/token`, { grant_type: 'a'.repeat(60_000) })
  expect(answer.status).toBe(413)
})

it('an exchange that was asked for twice gives what it gave, once', async () => {
  const asked = await ask(config)
  const answer = await follow(bench, asked, person)
  expect((await exchange(config, asked, answer)).access_token).toBeTruthy()
  await expect(exchange(config, asked, answer)).rejects.toMatchObject({ error: 'invalid_grant' })
})
