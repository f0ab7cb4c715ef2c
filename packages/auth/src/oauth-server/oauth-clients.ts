import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import { createAskIdentity } from '../identity-functions.ts'
import { generateToken, hashToken, isWellFormedToken } from '../tokens.ts'
import { oauthLifetimes } from './oauth-lifetimes.ts'

/**
 * Where a client runs: `browser` and `native` ones keep no secret; a `server` acts for people, a
 * `service` for itself.
 */
export const oauthClientKinds = ['browser', 'native', 'server', 'service'] as const

export type OAuthClientKind = (typeof oauthClientKinds)[number]

/** A client as the protocol needs it. */
export interface OAuthClient {
  readonly id: string
  readonly kind: OAuthClientKind
  readonly name: string
  readonly redirectUris: readonly string[]
  /** The permissions it may ask for. */
  readonly scopes: readonly string[]
  /** One of our own, whose users are not asked for consent. */
  readonly firstParty: boolean
  readonly secretHashes: readonly string[]
}

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

export interface OAuthClients {
  /** Null for one that is unknown, or disabled. */
  find(id: string): Promise<OAuthClient | null>
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
  update(id: string, change: OAuthClientChange): Promise<void>
  /** A new secret; the one before is good for another day. Throws `conflict` for a client without one. */
  rotateSecret(id: string): Promise<{ readonly secret: string }>
  /** Its grants and tokens end with it. Throws `not_found`. */
  delete(id: string): Promise<void>
}

interface ClientRow {
  readonly kind: OAuthClientKind
  readonly name: string
  readonly redirect_uris: readonly string[]
  readonly scopes: readonly string[]
  readonly first_party: boolean
}

interface EntryRow extends ClientRow {
  readonly id: string
  readonly organization_id: string | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly disabled_at: Date | null
}

/** How every client secret begins: what secret scanners look for. */
export const clientSecretPrefix = 'rs_live_'

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const hasSecret = (kind: OAuthClientKind) => kind === 'server' || kind === 'service'
const generateSecret = () => clientSecretPrefix + generateToken()

/** Whether a text can be a client secret at all, by its own checksum. */
export const isWellFormedClientSecret = (text: string): boolean =>
  text.startsWith(clientSecretPrefix) && isWellFormedToken(text.slice(clientSecretPrefix.length))

export function createOAuthClients(options: {
  readonly database: Database
  readonly clock: () => Date
}): OAuthClients {
  const { clock } = options
  const ask = createAskIdentity(options.database)

  const requireFound = (rows: readonly object[]) => {
    if (rows.length === 0) throw new AppError('not_found')
  }
  return {
    async find(id) {
      if (!idForm.test(id)) return null
      const question = ask<ClientRow & { readonly secret_hashes: readonly string[] }>
      const [row] = await question('find_oauth_client', id, clock())
      return row ? { id, ...toClient(row), secretHashes: row.secret_hashes } : null
    },
    async list({ after = null, limit }) {
      return (await ask<EntryRow>('list_oauth_clients', after, limit)).map(toEntry)
    },
    async create({ kind, name, redirectUris, scopes, firstParty, organizationId }) {
      const isService = kind === 'service'
      if (isService !== (redirectUris.length === 0)) throw misfit('/redirectUris')
      if (isService !== (organizationId !== null)) throw misfit('/organizationId')
      requireReachable(kind, redirectUris)
      const secret = hasSecret(kind) ? generateSecret() : null
      const hash = secret && hashToken(secret)
      const values = [kind, name, redirectUris, scopes, firstParty, organizationId, hash, clock()]
      const [row] = await ask<{ readonly id: string }>('create_oauth_client', ...values)
      if (!row) throw new AppError('not_found', { detail: 'There is no such organization.' })
      return { id: row.id, secret }
    },
    // A service stays without redirect addresses, whatever is given.
    async update(id, { name = null, redirectUris = null, scopes = null, disabled = null }) {
      const client = redirectUris && (await this.find(id))
      if (client) requireReachable(client.kind, redirectUris)
      const values = [id, name, redirectUris, scopes, disabled, clock()]
      requireFound(await ask('update_oauth_client', ...values))
    },
    async rotateSecret(id) {
      const now = clock()
      const until = new Date(now.getTime() + oauthLifetimes.secretOverlapSeconds * 1_000)
      const secret = generateSecret()
      const rows = await ask('rotate_oauth_client_secret', id, hashToken(secret), now, until)
      if (rows.length === 0)
        throw new AppError('conflict', { detail: 'This client has no secret.' })
      return { secret }
    },
    async delete(id) {
      requireFound(await ask('delete_oauth_client', id, clock()))
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

const toClient = (row: ClientRow) => ({
  kind: row.kind,
  name: row.name,
  redirectUris: row.redirect_uris,
  scopes: row.scopes,
  firstParty: row.first_party,
})

const toEntry = (row: EntryRow): OAuthClientEntry => ({
  id: row.id,
  ...toClient(row),
  organizationId: row.organization_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  disabledAt: row.disabled_at,
})
