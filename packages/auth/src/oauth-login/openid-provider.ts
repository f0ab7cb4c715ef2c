import * as client from 'openid-client'
import type { Claims } from './external-person.ts'
import {
  authenticateClient,
  buildAuthorizationUrl,
  type IdentityProvider,
  patienceSeconds,
  requireSubject,
} from './identity-provider.ts'
import type { Provider } from './provider-presets.ts'
import { readVouchedEmail } from './vouched-email.ts'

// Endpoints move seldom; keys are fetched anew by openid-client when one is not known.
const rememberSeconds = 60 * 60

interface Remembered {
  readonly configuration: Promise<client.Configuration>
  readonly until: number
}

/**
 * A provider that speaks OpenID Connect. It is asked for its endpoints when somebody first logs in, and
 * asked again after a failure: one that is down keeps nothing from starting.
 */
export function createOpenIdProvider(
  provider: Provider & { readonly kind: Exclude<Provider['kind'], 'github'> },
  { redirectUri, clock }: { readonly redirectUri: string; readonly clock: () => Date },
): IdentityProvider {
  let remembered: Remembered | null = null

  function configure(): Promise<client.Configuration> {
    const now = clock().getTime()
    if (remembered && remembered.until > now) return remembered.configuration
    const configuration = discover(provider)
    const kept = { configuration, until: now + rememberSeconds * 1_000 }
    remembered = kept
    configuration.catch(() => {
      if (remembered === kept) remembered = null
    })
    return configuration
  }

  return {
    async start(attempt) {
      const scope = 'openid email profile'
      const extra = { nonce: attempt.nonce }
      return buildAuthorizationUrl(await configure(), { attempt, redirectUri, scope, extra })
    },
    async finish(callback, { state, nonce, codeVerifier }) {
      const configuration = await configure()
      const tokens = await client.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      })
      const proven = tokens.claims()
      if (!proven) throw new client.ClientError('The provider sent no ID token.')
      const claims = await completeClaims(configuration, tokens.access_token, proven)
      return {
        issuer: proven.iss,
        subject: requireSubject(proven.sub),
        ...readVouchedEmail(claims, provider.kind),
        name: typeof claims['name'] === 'string' ? claims['name'] : null,
      }
    },
  }
}

async function discover({ issuer, clientId, clientSecret }: Provider) {
  const url = new URL(issuer)
  const configuration = await client.discovery(
    url,
    clientId,
    undefined,
    authenticateClient(clientSecret),
    {
      timeout: patienceSeconds,
      execute: [
        // By itself openid-client trusts an ID token that came over TLS, signed or not.
        client.enableNonRepudiationChecks,
        // The configuration refuses such an issuer in production.
        ...(url.protocol === 'http:' ? [client.allowInsecureRequests] : []),
      ],
    },
  )
  // What cannot be used is not remembered.
  const metadata = configuration.serverMetadata()
  if (needed.every((name) => metadata[name] !== undefined)) return configuration
  throw new Error(`The provider at ${issuer} names no ${needed.join(', ')}.`)
}

const needed = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const

/** An address and what is said of it come from one place: of the ID token, or else of userinfo. */
async function completeClaims(
  configuration: client.Configuration,
  accessToken: string,
  proven: client.IDToken,
): Promise<Claims> {
  const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined
  if (proven['email'] !== undefined || !hasMore) return proven
  return client.fetchUserInfo(configuration, accessToken, proven.sub)
}
