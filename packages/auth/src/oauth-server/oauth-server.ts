import type { IncomingMessage } from 'node:http'
import type { Database } from '@repo/database'
import type { Encryption } from '@repo/encryption'
import type { SignedIn } from '../identity.ts'
import { createAskIdentity } from '../identity-functions.ts'
import type { RotatingKeys } from '../rotating-keys/open-rotating-keys.ts'
import { type AccessTokens, createAccessTokens } from './access-tokens.ts'
import { createGrantMaker } from './grants.ts'
import { createInteractions, type Exchange, type Interactions } from './interactions.ts'
import type { Report } from './oauth-events.ts'
import { openProvider } from './open-provider.ts'
import { createSigningKeys } from './signing-keys.ts'

/** OAuth 2.0 and OpenID Connect for other programs (G01): `oidc-provider`, with storage and pages of ours. */
export interface OAuthServer {
  readonly accessTokens: AccessTokens
  readonly interactions: Interactions
  /** What people let programs do. */
  readonly grants: OAuthGrants
  /** Answers a request to one of `oauthRoutes` or to a discovery document. */
  readonly answer: (exchange: OAuthExchange) => Promise<void>
}

export interface OAuthExchange extends Exchange {
  /** Who is signed in, in the browser that sends the request. */
  readonly person: SignedIn | null
  readonly report: Report
}

export interface OAuthGrants {
  list(userId: string): Promise<readonly OAuthGrantEntry[]>
  /** False for one that is not this user's. Its tokens end with it, on the next request. */
  delete(userId: string, grantId: string): Promise<boolean>
}

export interface OAuthGrantEntry {
  readonly id: string
  readonly clientId: string
  readonly clientName: string
  readonly organizationId: string | null
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date
}

export interface OAuthServerOptions {
  readonly database: Database
  readonly encryption: Encryption
  readonly clock: () => Date
  /** The issuer (RFC 9207), whatever Host a request names. */
  readonly baseUrl: string
  readonly interactionPath: (id: string) => string
  /** The page that tells a person what is wrong with a program's request. */
  readonly renderError: (error: { readonly error: string; readonly description: string }) => string
  readonly signingKeys: RotatingKeys
}

export function createOAuthServer(options: OAuthServerOptions): OAuthServer {
  const { clock, baseUrl } = options
  const { origin } = new URL(baseUrl)
  const audience = `${origin}/api`
  const ask = createAskIdentity(options.database)
  const signingKeys = createSigningKeys(options.signingKeys)
  const exchanges = new WeakMap<IncomingMessage, OAuthExchange>()
  const personOf = (request: IncomingMessage) => exchanges.get(request)?.person ?? null
  const reportOf = (request: IncomingMessage) => exchanges.get(request)?.report ?? (() => {})
  const provider = () => current.provider
  const grants = createGrantMaker({ provider, audience, personOf })
  const parts = { ...options, ask, signingKeys, origin, audience, personOf, reportOf, grants }
  let current = openProvider(parts)
  // A provider has the keys it began with. Who is under way with the one before comes to their end with it.
  signingKeys.watch(() => {
    // Where none is good what it signs is verified by nobody.
    if (signingKeys.privateKeys().length > 0) current = openProvider(parts)
  })
  return {
    accessTokens: createAccessTokens({ ask, clock, issuer: origin, audience, signingKeys }),
    interactions: createInteractions({ provider, grants, audience }),
    grants: {
      async list(userId) {
        return (await ask<GrantRow>('list_oauth_grants', userId, clock())).map(toEntry)
      },
      delete: async (userId, grantId) =>
        (await ask('delete_oauth_grant', grantId, userId)).length > 0,
    },
    async answer(exchange) {
      const { request, response } = exchange
      exchanges.set(request, exchange)
      nameIssuer(request, origin)
      await current.answer(request, response)
    },
  }
}

/** The provider makes its addresses out of the request's: ours are those of the issuer alone (faults 54). */
function nameIssuer({ headers }: IncomingMessage, origin: string): void {
  const { host, protocol } = new URL(origin)
  headers.host = host
  headers['x-forwarded-proto'] = protocol.slice(0, -1)
  delete headers['x-forwarded-host']
}

interface GrantRow {
  readonly id: string
  readonly client_id: string
  readonly client_name: string
  readonly organization_id: string | null
  readonly scopes: readonly string[]
  readonly created_at: Date
  readonly last_used_at: Date | null
  readonly expires_at: Date
}

const toEntry = (row: GrantRow): OAuthGrantEntry => ({
  id: row.id,
  clientId: row.client_id,
  clientName: row.client_name,
  organizationId: row.organization_id,
  scopes: row.scopes,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  expiresAt: row.expires_at,
})
