import type { IncomingMessage } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { codeReplay } from './oauth-storage.ts'

/** What happened at the OAuth server, for the audit log. */
export interface OAuthEvent {
  readonly action: `oauth.${'authorize' | 'token' | 'revoke' | 'introspect' | 'tokenReuse' | 'codeReuse'}`
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly userId: string | null
  readonly organizationId: string | null
  readonly clientId: string | null
  /** The error code of RFC 6749. */
  readonly code: string | null
  /** What broke, where something of ours did. */
  readonly fault?: unknown
}

export type Report = (event: OAuthEvent) => void

/** To whom the events of a request are told. */
type FindReport = (request: IncomingMessage) => Report
type Failure = Error & {
  readonly error_detail?: string
  readonly error?: string
  /** Of a replay, where the provider does not know whose it is (oauth-storage.ts). */
  readonly userId?: string
}

// As the provider says it: a used refresh token, and a used code (RFC 9700, sections 4.14.2 and 2.1.1).
const reuses: Readonly<Record<string, OAuthEvent['action']>> = {
  'refresh token already used': 'oauth.tokenReuse',
  [codeReplay]: 'oauth.codeReuse',
}

/** The provider's events whose listener is told of a success, and of a failure. */
const successes = {
  'authorization.success': 'oauth.authorize',
  'grant.success': 'oauth.token',
  'grant.revoked': 'oauth.revoke',
} as const satisfies Record<string, OAuthEvent['action']>

const failures = {
  'authorization.error': 'oauth.authorize',
  'pushed_authorization_request.error': 'oauth.authorize',
  'grant.error': 'oauth.token',
  'revocation.error': 'oauth.revoke',
  'introspection.error': 'oauth.introspect',
} as const satisfies Record<string, OAuthEvent['action']>

export function reportEvents(provider: Events, reportOf: FindReport): void {
  const tell = (
    context: KoaContextWithOIDC,
    event: Pick<OAuthEvent, 'action' | 'outcome' | 'code'> & Partial<OAuthEvent>,
  ) => reportOf(context.req)({ ...about(context), ...event })

  for (const [name, action] of Object.entries(successes)) {
    provider.on(name, (context) => tell(context, { action, outcome: 'success', code: null }))
  }
  for (const [name, action] of Object.entries(failures)) {
    provider.on(name, (context, error: Failure) => {
      const code = error.error ?? error.message
      const reuse = reuses[error.error_detail ?? '']
      const { userId } = error
      const whose = userId === undefined ? {} : { userId }
      tell(context, { action: reuse ?? action, code, outcome: 'denied', ...whose })
    })
  }
  provider.on('server_error', (context, fault) => {
    tell(context, { action: 'oauth.token', outcome: 'failed', code: 'server_error', fault })
  })
}

/** The provider's types list each event by itself. */
interface Events {
  on(event: string, listener: (context: KoaContextWithOIDC, detail: never) => void): unknown
}

function about({ oidc }: KoaContextWithOIDC) {
  const { Client, Grant, Account, RefreshToken, ClientCredentials } = oidc.entities
  const service = ClientCredentials ? Client?.clientId : undefined
  const organizationId = Grant && 'organizationId' in Grant ? Grant.organizationId : null
  return {
    clientId: Client?.clientId ?? null,
    userId: Account?.accountId ?? RefreshToken?.accountId ?? service ?? null,
    organizationId: typeof organizationId === 'string' ? organizationId : null,
  }
}
