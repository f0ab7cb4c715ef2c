import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { AskIdentity } from '../identity-functions.ts'
import type { FindPerson } from './adopt-session.ts'
import { ownMetadata } from './client-metadata.ts'
import { findAccount } from './find-account.ts'
import type { GrantMaker } from './grants.ts'
import { oauthLifetimes } from './oauth-lifetimes.ts'
import { type SigningKeys, signingAlgorithm } from './signing-keys.ts'

export interface ProviderOptions {
  readonly ask: AskIdentity
  readonly signingKeys: SigningKeys
  readonly adapter: NonNullable<Configuration['adapter']>
  /** Whom access tokens are for (RFC 9068, section 2.2). */
  readonly audience: string
  readonly secureCookies: boolean
  readonly personOf: FindPerson
  readonly grants: GrantMaker
  /** Where a person signs in and consents, by the id of the interaction. */
  readonly interactionPath: (id: string) => string
  readonly renderError: NonNullable<Configuration['renderError']>
}

/** The OpenID Connect scopes; all others are permissions. */
export const identityScopes = ['openid', 'offline_access', 'profile', 'email'] as const

/** For whom proofs of possession may be signed: what Node verifies without a shared secret. */
export const proofAlgorithms = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const

export const oauthRoutes = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/jwks',
  pushed_authorization_request: '/oauth/par',
} as const

/** RFC 9700 as a configuration: codes with PKCE alone, tokens that live 15 minutes, refresh tokens good once. */
export function configureProvider(options: ProviderOptions): Configuration {
  return {
    adapter: options.adapter,
    routes: oauthRoutes,
    jwks: { keys: [...options.signingKeys.privateKeys()] } as NonNullable<Configuration['jwks']>,
    scopes: [...identityScopes],
    claims: {
      openid: ['sub', 'auth_time', 'amr'],
      profile: ['name', 'updated_at'],
      email: ['email', 'email_verified'],
    },
    responseTypes: ['code'],
    pkce: { required: () => true },
    // Redirect addresses are compared as they are, and always named (RFC 9700, section 2.1).
    allowOmittingSingleRegisteredRedirectUri: false,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    extraClientMetadata: { properties: [...ownMetadata] },
    enabledJWA: {
      idTokenSigningAlgValues: [signingAlgorithm],
      dPoPSigningAlgValues: [...proofAlgorithms],
    },
    features: features(options),
    clockTolerance: oauthLifetimes.clockToleranceSeconds,
    expiresWithSession: () => false,
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => true,
    extraTokenClaims: (_context, token) =>
      token.kind === 'AccessToken' ? { grant_id: token.grantId } : undefined,
    formats: { customizers: { jwt: nameAllScopes } },
    ttl: lifetimes,
    cookies: cookiesOf(options),
    interactions: { url: (_context, { uid }) => options.interactionPath(uid) },
    findAccount: (context, id) => findAccount(context, id, options),
    loadExistingGrant: (context) => options.grants.findOrMake(context),
    // A program's own scheme has the origin `null`, as has any sandboxed page.
    clientBasedCORS: (_context, origin, client) =>
      origin !== 'null' &&
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    renderError: options.renderError,
  }
}

function features({ audience }: ProviderOptions): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      // A program may ask about its own tokens.
      allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
    },
    revocation: {
      enabled: true,
      // Another's token is answered as an unknown one (RFC 7009, section 2.2).
      allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
    },
    userinfo: { enabled: true },
    dPoP: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    rpInitiatedLogout: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource(context, client) {
        askForAll(context, client)
        return audience
      },
      useGrantedResource: () => true,
      getResourceServerInfo(_context, resource, client) {
        if (resource !== audience) throw new errors.InvalidTarget()
        const permissions = client['permissions']
        return {
          scope: Array.isArray(permissions) ? permissions.join(' ') : '',
          audience,
          accessTokenTTL: oauthLifetimes.accessTokenSeconds,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: signingAlgorithm } },
        }
      },
    },
  }
}

/** A service that names no scope gets all it may have (RFC 6749, section 3.3). */
function askForAll({ oidc: { params } }: KoaContextWithOIDC, client: Client): void {
  const permissions = client['permissions']
  if (params?.['grant_type'] !== 'client_credentials' || !Array.isArray(permissions)) return
  params['scope'] ??= permissions.join(' ')
}

type Client = NonNullable<KoaContextWithOIDC['oidc']['client']>

type Lifetimes = NonNullable<Configuration['ttl']>

const lifetimes: Lifetimes = {
  AccessToken: oauthLifetimes.accessTokenSeconds,
  ClientCredentials: oauthLifetimes.accessTokenSeconds,
  AuthorizationCode: oauthLifetimes.authorizationCodeSeconds,
  IdToken: oauthLifetimes.idTokenSeconds,
  Grant: oauthLifetimes.familySeconds,
  Interaction: oauthLifetimes.interactionSeconds,
  Session: oauthLifetimes.interactionSeconds,
  // A family ends however often it is refreshed.
  RefreshToken(_context, token) {
    const left = oauthLifetimes.familySeconds - token.totalLifetime()
    return Math.max(1, Math.min(oauthLifetimes.refreshTokenSeconds, left))
  },
}

/** An access token says all that was granted, the identity scopes too: userinfo asks for them. */
const nameAllScopes: NonNullable<
  NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']
> = (context, token, parts) => {
  const { Grant, AuthorizationCode, RefreshToken } = context.oidc.entities
  const source = AuthorizationCode ?? RefreshToken
  if (!Grant || !source) return
  const asked = context.oidc.params?.['scope']
  const wanted = new Set(String(asked ?? source.scope ?? '').split(' '))
  const identity = Grant.getOIDCScopeFiltered(wanted)
  const scope = [identity, token.scope].filter(Boolean).join(' ')
  token.scope = scope
  parts.payload['scope'] = scope
}

/** Two cookies for one authorization; who is signed in says a third, our own. */
function cookiesOf({ secureCookies }: ProviderOptions): NonNullable<Configuration['cookies']> {
  const options = { httpOnly: true, sameSite: 'lax', secure: secureCookies } as const
  const prefix = secureCookies ? '__Secure-' : ''
  return {
    names: {
      session: `${secureCookies ? '__Host-' : ''}oauth-session`,
      interaction: `${prefix}oauth-interaction`,
      resume: `${prefix}oauth-resume`,
    },
    long: { ...options, path: '/' },
    short: options,
  }
}
