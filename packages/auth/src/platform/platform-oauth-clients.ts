import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import { createAskIdentity, createAskPlatform } from '../identity-functions.ts'
import {
  type ClientRow,
  createFindOAuthClient,
  generateClientSecret,
  type OAuthClient,
  type OAuthClientKind,
  toClient,
} from '../oauth-server/oauth-clients.ts'
import { oauthLifetimes } from '../oauth-server/oauth-lifetimes.ts'
import { hashToken } from '../tokens.ts'
import { type ChangeRow, type PlatformChange, requireChange, toChange } from './platform-change.ts'

/** A client as whoever manages clients sees it. */
export interface OAuthClientEntry extends Omit<OAuthClient, 'secretHashes'> {
  /** Of a service: where it is a member. */
  readonly organizationId: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly disabledAt: Date | null
}

export interface NewOAuthClient {
  readonly kind: OAuthClientKind
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly scopes: readonly string[]
  readonly firstParty: boolean
  readonly organizationId: string | null
}

export interface OAuthClientChange {
  readonly name?: string
  readonly redirectUris?: readonly string[]
  readonly scopes?: readonly string[]
  readonly disabled?: boolean
}

/** The programs of OAuth 2.0, as administrators of the platform handle them, while they are one. */
export interface PlatformOAuthClients {
  /** At most `limit`, after the one of this id. */
  list(page: {
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly OAuthClientEntry[]>
  /**
   * Its secret is shown this once; null for a public client. Throws `invalid_input` for what its kind does not
   * have, or lacks, and `not_found` without the organization.
   */
  create(
    adminId: string,
    client: NewOAuthClient,
  ): Promise<PlatformChange & { readonly id: string; readonly secret: string | null }>
  /** Grants that reach further than what it may ask for now end. Throws `not_found`. */
  update(adminId: string, id: string, change: OAuthClientChange): Promise<PlatformChange>
  /** A new secret; the one before is good for another day. Throws `conflict` for a client without one. */
  rotateSecret(adminId: string, id: string): Promise<PlatformChange & { readonly secret: string }>
  /** Its grants and tokens end with it. Throws `not_found`. */
  delete(adminId: string, id: string): Promise<PlatformChange>
}

interface EntryRow extends ClientRow {
  readonly id: string
  readonly organization_id: string | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly disabled_at: Date | null
}

const hasSecret = (kind: OAuthClientKind) => kind === 'server' || kind === 'service'

export function createPlatformOAuthClients(options: {
  readonly database: Database
  readonly platform: Database
  readonly clock: () => Date
}): PlatformOAuthClients {
  const { clock } = options
  const ask = createAskPlatform(options.platform)
  const find = createFindOAuthClient({ ask: createAskIdentity(options.database), clock })
  const change = async (name: string, ...values: readonly unknown[]) =>
    toChange(requireChange(await ask<ChangeRow>(name, ...values)))
  return {
    async list({ after = null, limit }) {
      return (await ask<EntryRow>('list_oauth_clients', after, limit)).map(toEntry)
    },
    async create(adminId, client) {
      requireFitting(client)
      const { kind, name, redirectUris, scopes, firstParty, organizationId } = client
      const secret = hasSecret(kind) ? generateClientSecret() : null
      const hash = secret && hashToken(secret)
      const values = [kind, name, redirectUris, scopes, firstParty, organizationId, hash, clock()]
      const rows = await ask<ChangeRow & { readonly client_id: string }>(
        'create_oauth_client',
        ...[adminId, ...values],
      )
      const row = requireChange(rows)
      return { id: row.client_id, secret, ...toChange(row) }
    },
    // A service stays without redirect addresses, whatever is given.
    async update(
      adminId,
      id,
      { name = null, redirectUris = null, scopes = null, disabled = null },
    ) {
      const client = redirectUris && (await find(id))
      if (client) requireReachable(client.kind, redirectUris)
      const values = [id, name, redirectUris, scopes, disabled, clock()]
      return change('update_oauth_client', adminId, ...values)
    },
    async rotateSecret(adminId, id) {
      const now = clock()
      const until = new Date(now.getTime() + oauthLifetimes.secretOverlapSeconds * 1_000)
      const secret = generateClientSecret()
      const values = [id, hashToken(secret), now, until]
      return { secret, ...(await change('rotate_oauth_client_secret', adminId, ...values)) }
    },
    delete: (adminId, id) => change('delete_oauth_client', adminId, id, clock()),
  }
}

/** Throws `invalid_input` for what a client of this kind does not have, or lacks. */
function requireFitting({ kind, redirectUris, organizationId }: NewOAuthClient): void {
  const isService = kind === 'service'
  if (isService !== (redirectUris.length === 0)) throw misfit('/redirectUris')
  if (isService !== (organizationId !== null)) throw misfit('/organizationId')
  requireReachable(kind, redirectUris)
}

/** Only what is installed on a machine can be reached by a scheme of its own (RFC 8252, section 7.1). */
function requireReachable(kind: OAuthClientKind, redirectUris: readonly string[]): void {
  if (kind === 'native' || redirectUris.every((uri) => /^https?:/.test(uri))) return
  throw misfit('/redirectUris')
}

/** A service has an organization; whatever acts for people has where to send them back to. */
function misfit(pointer: string): AppError {
  const detail = 'A client of this kind needs this, or cannot have it.'
  return new AppError('invalid_input', { fields: [{ pointer, code: 'not_allowed', detail }] })
}

const toEntry = (row: EntryRow): OAuthClientEntry => ({
  id: row.id,
  ...toClient(row),
  organizationId: row.organization_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  disabledAt: row.disabled_at,
})
