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
import type { PlatformChange } from './platform-change.ts'

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

/** The programs of OAuth 2.0, as administrators of the platform handle them. */
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
  create(client: NewOAuthClient): Promise<{ readonly id: string; readonly secret: string | null }>
  /** Grants that reach further than what it may ask for now end. Throws `not_found`. */
  update(id: string, change: OAuthClientChange): Promise<PlatformChange>
  /** A new secret; the one before is good for another day. Throws `conflict` for a client without one. */
  rotateSecret(id: string): Promise<{ readonly secret: string }>
  /** Its grants and tokens end with it. Throws `not_found`. */
  delete(id: string): Promise<void>
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
  return {
    async list({ after = null, limit }) {
      return (await ask<EntryRow>('list_oauth_clients', after, limit)).map(toEntry)
    },
    async create({ kind, name, redirectUris, scopes, firstParty, organizationId }) {
      const isService = kind === 'service'
      if (isService !== (redirectUris.length === 0)) throw misfit('/redirectUris')
      if (isService !== (organizationId !== null)) throw misfit('/organizationId')
      requireReachable(kind, redirectUris)
      const secret = hasSecret(kind) ? generateClientSecret() : null
      const hash = secret && hashToken(secret)
      const values = [kind, name, redirectUris, scopes, firstParty, organizationId, hash, clock()]
      const [row] = await ask<{ readonly id: string }>('create_oauth_client', ...values)
      if (!row) throw new AppError('not_found', { detail: 'There is no such organization.' })
      return { id: row.id, secret }
    },
    // A service stays without redirect addresses, whatever is given.
    async update(id, { name = null, redirectUris = null, scopes = null, disabled = null }) {
      const client = redirectUris && (await find(id))
      if (client) requireReachable(client.kind, redirectUris)
      const values = [id, name, redirectUris, scopes, disabled, clock()]
      const [changed] = await ask<PlatformChange>('update_oauth_client', ...values)
      if (!changed) throw new AppError('not_found')
      return changed
    },
    async rotateSecret(id) {
      const now = clock()
      const until = new Date(now.getTime() + oauthLifetimes.secretOverlapSeconds * 1_000)
      const secret = generateClientSecret()
      const rows = await ask('rotate_oauth_client_secret', id, hashToken(secret), now, until)
      if (rows.length === 0)
        throw new AppError('conflict', { detail: 'This client has no secret.' })
      return { secret }
    },
    async delete(id) {
      if ((await ask('delete_oauth_client', id, clock())).length === 0)
        throw new AppError('not_found')
    },
  }
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
