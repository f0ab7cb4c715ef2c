import type { AskIdentity } from '../identity-functions.ts'
import { generateToken, isWellFormedToken } from '../tokens.ts'

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

/** Null for one that is unknown, or disabled. */
export type FindOAuthClient = (id: string) => Promise<OAuthClient | null>

export interface ClientRow {
  readonly kind: OAuthClientKind
  readonly name: string
  readonly redirect_uris: readonly string[]
  readonly scopes: readonly string[]
  readonly first_party: boolean
}

/** How every client secret begins: what secret scanners look for. */
export const clientSecretPrefix = 'rs_live_'

export const generateClientSecret = (): string => clientSecretPrefix + generateToken()

/** Whether a text can be a client secret at all, by its own checksum. */
export const isWellFormedClientSecret = (text: string): boolean =>
  text.startsWith(clientSecretPrefix) && isWellFormedToken(text.slice(clientSecretPrefix.length))

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function createFindOAuthClient(options: {
  readonly ask: AskIdentity
  readonly clock: () => Date
}): FindOAuthClient {
  const ask = options.ask<ClientRow & { readonly secret_hashes: readonly string[] }>
  return async (id) => {
    if (!idForm.test(id)) return null
    const [row] = await ask('find_oauth_client', id, options.clock())
    return row ? { id, ...toClient(row), secretHashes: row.secret_hashes } : null
  }
}

export const toClient = (row: ClientRow): Omit<OAuthClient, 'id' | 'secretHashes'> => ({
  kind: row.kind,
  name: row.name,
  redirectUris: row.redirect_uris,
  scopes: row.scopes,
  firstParty: row.first_party,
})
