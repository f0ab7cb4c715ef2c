import * as client from 'openid-client'
import { expect, it } from 'vitest'
import { createAgent, formOf } from '../support/authorize.ts'
import { password } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { callback, type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench

useOAuth((made) => {
  bench = made
})

it('works', async () => {
  const { origin, world } = bench
  const { id } = await bench.createClient()
  const config = await client.discovery(new URL(origin), id, undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  })
  const verifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: 'openid profile email order:read:own',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 'state',
    nonce: 'nonce',
  })
  const person = await world.createPerson()
  const agent = createAgent(origin)
  const page = await agent.open(url.href)
  expect(page.status, page.text).toBe(200)
  const next = await agent.open(formOf(page, '/password'), { email: person.email, password })
  expect(next.leftTo?.href, next.text).toContain(callback)
  const tokens = await client.authorizationCodeGrant(config, next.leftTo ?? url, {
    pkceCodeVerifier: verifier,
    expectedState: 'state',
    expectedNonce: 'nonce',
    idTokenExpected: true,
  })
  const answer = await request(`${origin}/api/users/${person.id}/orders`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  })
  expect(answer.status, answer.text).toBe(200)
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
  expect(await client.fetchUserInfo(config, refreshed.access_token, person.id)).toBeDefined()
})
