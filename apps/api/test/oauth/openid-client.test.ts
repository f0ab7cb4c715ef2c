import { keyPermissions } from '@repo/rbac'
import * as oauth from 'openid-client'
import { describe, expect, it } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { ask, discover, errorOf, exchange, follow, obtain, scope } from '../support/oauth-flows.ts'
import { request } from '../support/request.ts'
import { callback, type OAuthBench, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let person: Person

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
})

const server = { kind: 'server', name: 'Server' } as const

describe('a browser’s client', () => {
  it('discovers the server, gets tokens for a code, refreshes them and asks who it is for', async () => {
    const config = await discover(bench, await bench.createClient())
    const tokens = await obtain(bench, config, person)
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 900, scope })
    expect(tokens.claims()).toMatchObject({
      iss: bench.origin,
      sub: person.id,
      email: person.email,
    })
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
    const refreshed = await oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
    expect(await useToken(bench.api, refreshed.access_token, person)).toBe(200)
    const claims = await oauth.fetchUserInfo(config, refreshed.access_token, person.id)
    expect(claims).toMatchObject({ sub: person.id, email: person.email, email_verified: true })
  })

  it('asks for less when it refreshes, and gets no more than that', async () => {
    const config = await discover(bench, await bench.createClient())
    const { refresh_token: token = '' } = await obtain(bench, config, person)
    const narrow = await oauth.refreshTokenGrant(config, token, { scope: 'order:read:own' })
    expect(narrow.scope).toBe('order:read:own')
    const more = { scope: 'order:read:own order:delete:own' }
    const widened = oauth.refreshTokenGrant(config, narrow.refresh_token ?? '', more)
    expect(await errorOf(widened)).toBe('invalid_scope')
  })

  it('gets no token for what its scopes leave out', async () => {
    const config = await discover(bench, await bench.createClient())
    const { access_token: token } = await obtain(bench, config, person, { scope: 'order:read:own' })
    const order = { currency: 'EUR', totalCents: 100 }
    const create = (bearer: string) =>
      request(`${bench.origin}/api/users/${person.id}/orders`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}` },
        body: order,
      })
    expect((await create(token)).status).toBe(403)
    const wide = await obtain(bench, config, person)
    expect((await create(wide.access_token)).status).toBe(201)
  })
})

describe('a server’s client', () => {
  it('proves itself by its secret, and pushes its requests (RFC 9126)', async () => {
    const config = await discover(bench, await bench.createClient(server))
    const asked = await ask(config)
    const parameters = Object.fromEntries(asked.url.searchParams)
    const url = await oauth.buildAuthorizationUrlWithPAR(config, parameters)
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    const tokens = await exchange(config, asked, await follow(bench, { url }, person))
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
  })

  it('asks about its refresh token, and ends it with all that came of it', async () => {
    const config = await discover(bench, await bench.createClient(server))
    const tokens = await obtain(bench, config, person)
    const { refresh_token: token = '' } = tokens
    expect(await oauth.tokenIntrospection(config, token)).toMatchObject({
      active: true,
      sub: person.id,
      client_id: config.clientMetadata().client_id,
    })
    await oauth.tokenRevocation(config, token)
    expect(await oauth.tokenIntrospection(config, token)).toEqual({ active: false })
    expect(await errorOf(oauth.refreshTokenGrant(config, token))).toBe('invalid_grant')
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(401)
  })
})

describe('a service', () => {
  it('gets tokens of its own, and is a member of its organization', async () => {
    const client = await bench.createService()
    const config = await discover(bench, client)
    const asked = { scope: 'order:read:own order:create:own' }
    const tokens = await oauth.clientCredentialsGrant(config, asked)
    expect(tokens).toMatchObject({ expires_in: 900, scope: asked.scope })
    expect(tokens.refresh_token).toBeUndefined()
    expect(await useToken(bench.api, tokens.access_token, client)).toBe(200)
    const created = await request(`${bench.origin}/api/users/${client.id}/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.access_token}` },
      body: { currency: 'EUR', totalCents: 100 },
    })
    expect([created.status, created.body?.['userId']]).toEqual([201, client.id])
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(404)
    const all = await oauth.clientCredentialsGrant(config)
    expect(all.scope?.split(' ').toSorted()).toEqual([...keyPermissions].toSorted())
    expect(await useToken(bench.api, all.access_token, client)).toBe(200)
  })
})

describe('a proof of possession (RFC 9449)', () => {
  it('binds the tokens of a browser’s client to a key, and every request is proven', async () => {
    const config = await discover(bench, await bench.createClient())
    const keys = await oauth.randomDPoPKeyPair('ES256')
    const DPoP = oauth.getDPoPHandle(config, keys)
    const asked = await ask(config)
    const answer = await follow(bench, asked, person)
    const checks = { pkceCodeVerifier: asked.verifier, ...asked.checks }
    const tokens = await oauth.authorizationCodeGrant(config, answer, checks, undefined, { DPoP })
    expect(tokens.token_type).toBe('dpop')
    const url = new URL(`${bench.origin}/api/users/${person.id}/orders?limit=1`)
    const fetchOrders = (token: string) =>
      oauth.fetchProtectedResource(config, token, url, 'GET', null, undefined, { DPoP })
    expect((await fetchOrders(tokens.access_token)).status).toBe(200)
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(401)
    const { refresh_token: token = '' } = tokens
    const refreshed = await oauth.refreshTokenGrant(config, token, undefined, { DPoP })
    expect((await fetchOrders(refreshed.access_token)).status).toBe(200)
    const thief = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair('ES256'))
    const stolen = { DPoP: thief }
    const { refresh_token: next = '' } = refreshed
    expect(await errorOf(oauth.refreshTokenGrant(config, next, undefined, stolen))).toBe(
      'invalid_grant',
    )
    expect(await errorOf(oauth.refreshTokenGrant(config, next))).toBe('invalid_grant')
  })
})

it('the log says which program was answered, for whom, and none of its tokens', async () => {
  const client = await bench.createClient()
  const config = await discover(bench, client)
  const tokens = await obtain(bench, config, person)
  const line = { route: '/oauth/token', clientId: client.id, userId: person.id, status: 200 }
  expect(bench.api.log()).toContainEqual(expect.objectContaining(line))
  const log = JSON.stringify(bench.api.log())
  for (const token of [tokens.access_token, tokens.refresh_token, tokens.id_token]) {
    expect(log).not.toContain(token)
  }
})

it('the answer names its issuer, and one from elsewhere is refused (RFC 9207)', async () => {
  const config = await discover(bench, await bench.createClient())
  const asked = await ask(config)
  const answer = await follow(bench, asked, person)
  expect(answer.origin + answer.pathname).toBe(callback)
  expect(answer.searchParams.get('iss')).toBe(bench.origin)
  const mixed = new URL(answer)
  mixed.searchParams.set('iss', 'https://other.test')
  await expect(exchange(config, asked, mixed)).rejects.toMatchObject({
    code: 'OAUTH_INVALID_RESPONSE',
  })
  expect((await exchange(config, asked, answer)).access_token).toBeDefined()
})
