import * as oauth from 'oauth4webapi'
import { expect, it } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { follow } from '../support/oauth-flows.ts'
import { callback, type OAuthBench, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let person: Person

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
})

// Plain HTTP, on this machine alone.
const insecure = { [oauth.allowInsecureRequests]: true }

async function discover(algorithm: 'oidc' | 'oauth2'): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(bench.origin)
  return oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm, ...insecure }),
  )
}

it('a second certified client goes the whole way: pushed request, code, proof, refresh, revocation', async () => {
  const server = await discover('oidc')
  const { id, secret } = await bench.createClient({ kind: 'server', name: 'Server' })
  const client: oauth.Client = { client_id: id }
  const authentication = oauth.ClientSecretBasic(secret)
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const pushed = await oauth.processPushedAuthorizationResponse(
    server,
    client,
    await oauth.pushedAuthorizationRequest(
      server,
      client,
      authentication,
      new URLSearchParams({
        redirect_uri: callback,
        response_type: 'code',
        scope: 'openid order:read:own',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      }),
      insecure,
    ),
  )
  const url = new URL(server.authorization_endpoint ?? '')
  url.search = `${new URLSearchParams({ client_id: id, request_uri: pushed.request_uri })}`
  const parameters = oauth.validateAuthResponse(
    server,
    client,
    await follow(bench, { url }, person),
    state,
  )
  const options = { DPoP, ...insecure }
  const answered = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    callback,
    verifier,
    options,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answered, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe(person.id)
  const orders = new URL(`${bench.origin}/api/users/${person.id}/orders`)
  const fetchOrders = (token: string) =>
    oauth.protectedResourceRequest(token, 'GET', orders, undefined, null, options)
  expect((await fetchOrders(tokens.access_token)).status).toBe(200)
  const refreshed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(
      server,
      client,
      authentication,
      tokens.refresh_token ?? '',
      options,
    ),
  )
  expect((await fetchOrders(refreshed.access_token)).status).toBe(200)
  const userinfo = await oauth.userInfoRequest(server, client, refreshed.access_token, options)
  expect(await oauth.processUserInfoResponse(server, client, person.id, userinfo)).toMatchObject({
    sub: person.id,
  })
  const introspected = await oauth.processIntrospectionResponse(
    server,
    client,
    await oauth.introspectionRequest(
      server,
      client,
      authentication,
      refreshed.refresh_token ?? '',
      insecure,
    ),
  )
  expect(introspected.active).toBe(true)
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(
      server,
      client,
      authentication,
      refreshed.refresh_token ?? '',
      insecure,
    ),
  )
  await expect(fetchOrders(refreshed.access_token)).rejects.toMatchObject({ status: 401 })
})

it('it gets a service’s tokens, from the OAuth metadata alone', async () => {
  const server = await discover('oauth2')
  const { id, secret } = await bench.createService()
  const client: oauth.Client = { client_id: id }
  const parameters = { scope: 'order:read:own' }
  const answered = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(secret),
    parameters,
    insecure,
  )
  const tokens = await oauth.processClientCredentialsResponse(server, client, answered)
  expect(await useToken(bench.api, tokens.access_token, { id })).toBe(200)
})
