import * as oauth from 'openid-client'
import { type Agent, createAgent } from './authorize.ts'
import type { Person } from './create-world.ts'
import { callback, type OAuthBench, type TestClient } from './use-oauth.ts'

export const scope = 'openid profile email order:read:own order:create:own'

/** The configuration of a client as `openid-client` discovers it, over plain HTTP on this machine. */
export function discover(
  { origin }: OAuthBench,
  { id, secret }: TestClient,
): Promise<oauth.Configuration> {
  const authentication = secret ? oauth.ClientSecretBasic(secret) : oauth.None()
  const options = { execute: [oauth.allowInsecureRequests] }
  return oauth.discovery(new URL(origin), id, undefined, authentication, options)
}

export interface Asked {
  readonly url: URL
  readonly verifier: string
  readonly checks: { readonly expectedState: string; readonly expectedNonce?: string }
}

/** An authorization request with PKCE, state and, where an ID token comes, nonce; `more` is said last, and null takes a parameter away. */
export async function ask(
  config: oauth.Configuration,
  more: Readonly<Record<string, string | null>> = {},
): Promise<Asked> {
  const verifier = oauth.randomPKCECodeVerifier()
  const state = oauth.randomState()
  const isOpenId = (more['scope'] ?? scope).includes('openid')
  const nonce = isOpenId ? oauth.randomNonce() : null
  const parameters = {
    redirect_uri: callback,
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  }
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  )
  const url = oauth.buildAuthorizationUrl(config, Object.fromEntries(given))
  return { url, verifier, checks: { expectedState: state, ...(nonce && { expectedNonce: nonce }) } }
}

/** Where the browser of somebody who is signed in is sent back to; throws for a page that asks something. */
export async function follow(
  { origin }: OAuthBench,
  { url }: Pick<Asked, 'url'>,
  person: Person,
  agent: Agent = createAgent(origin, person.cookie),
): Promise<URL> {
  const page = await agent.open(url.href)
  if (!page.leftTo) throw new Error(`${page.status} at ${page.url}: ${page.text}`)
  return page.leftTo
}

export type Tokens = Awaited<ReturnType<typeof oauth.authorizationCodeGrant>>

export const exchange = (
  config: oauth.Configuration,
  { verifier, checks }: Asked,
  answer: URL,
): Promise<Tokens> =>
  oauth.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, ...checks })

/** The tokens of a person who is signed in, from the request to the exchange of the code. */
export async function obtain(
  bench: OAuthBench,
  config: oauth.Configuration,
  person: Person,
  more: Readonly<Record<string, string | null>> = {},
): Promise<Tokens> {
  const asked = await ask(config, more)
  return exchange(config, asked, await follow(bench, asked, person))
}

/** What a refusal of `openid-client` says: the error code of the protocol. */
export async function errorOf(task: Promise<unknown>): Promise<string> {
  try {
    await task
  } catch (error) {
    if (
      error instanceof oauth.ResponseBodyError ||
      error instanceof oauth.AuthorizationResponseError
    ) {
      return error.error
    }
    // A 401 whose challenge says why.
    if (error instanceof oauth.WWWAuthenticateChallengeError) {
      return error.cause[0]?.parameters['error'] ?? 'unauthorized'
    }
    throw error
  }
  return 'none'
}
