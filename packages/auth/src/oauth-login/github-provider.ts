import * as client from 'openid-client'
import type { Claims } from './external-person.ts'
import {
  buildAuthorizationUrl,
  type IdentityProvider,
  patienceSeconds,
  requireSubject,
} from './identity-provider.ts'
import type { Provider } from './provider-presets.ts'
import { readEmail } from './vouched-email.ts'

const publicSite = 'https://github.com'
const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

/** GitHub speaks OAuth 2.0 alone: who it is says its API. A server of one's own has it under its own host. */
export function createGitHubProvider(
  { issuer, clientId, clientSecret }: Provider,
  { redirectUri }: { readonly redirectUri: string },
): IdentityProvider {
  const site = withoutSlash(issuer)
  const api = site === publicSite ? 'https://api.github.com' : `${site}/api/v3`
  const endpoints = {
    issuer: site,
    authorization_endpoint: `${site}/login/oauth/authorize`,
    token_endpoint: `${site}/login/oauth/access_token`,
  }
  const authentication = client.ClientSecretPost(clientSecret)
  const configuration = new client.Configuration(endpoints, clientId, undefined, authentication)
  configuration.timeout = patienceSeconds
  // The settings refuse such a site in production.
  if (site.startsWith('http:')) client.allowInsecureRequests(configuration)

  async function read(path: string, accessToken: string): Promise<unknown> {
    const url = new URL(api + path)
    const asked = [configuration, accessToken, url, 'GET', null, new Headers(headers)] as const
    const response = await client.fetchProtectedResource(...asked)
    if (response.ok) return response.json()
    throw new Error(`GitHub answered ${response.status} for ${path}.`)
  }

  return {
    start: (attempt) =>
      buildAuthorizationUrl(configuration, { attempt, redirectUri, scope: 'read:user user:email' }),
    async finish(callback, { state, codeVerifier }) {
      const checks = { expectedState: state, pkceCodeVerifier: codeVerifier }
      const tokens = await client.authorizationCodeGrant(configuration, callback, checks)
      const paths = ['/user', '/user/emails']
      const [user, emails] = await Promise.all(paths.map((path) => read(path, tokens.access_token)))
      return { issuer: site, ...readUser(user), ...readPrimary(emails) }
    },
  }
}

/** A log-in name can be given up and taken by somebody else; the number cannot. */
function readUser(body: unknown) {
  const { id, name, login } = toClaims(body)
  if (!Number.isSafeInteger(id)) throw new client.ClientError('GitHub sent no user.')
  const named = [name, login].find((text) => typeof text === 'string' && text !== '')
  return { subject: requireSubject(String(id)), name: named === undefined ? null : String(named) }
}

/** The primary address, and whether GitHub has verified that one: another of theirs does not count. */
function readPrimary(body: unknown) {
  const entries: readonly unknown[] = Array.isArray(body) ? body : []
  const primary = entries.map(toClaims).find((entry) => entry['primary'] === true)
  const email = readEmail(primary?.['email'])
  return { email, emailVerified: email !== null && primary?.['verified'] === true }
}

/** Parse boundary: whatever an object holds, by its names. */
const toClaims = (value: unknown): Claims =>
  typeof value === 'object' && value !== null ? { ...value } : {}

const withoutSlash = (url: string): string =>
  url.endsWith('/') ? withoutSlash(url.slice(0, -1)) : url
