import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import { type AskIdentity, createAskIdentity } from './identity-functions.ts'
import { createOneTimeTokens } from './one-time-tokens.ts'
import { readChallenge } from './passkey-challenge.ts'
import {
  type CreationOptions,
  ceremonySeconds,
  createCreationOptions,
  createRequestOptions,
  type KnownCredential,
  type PasskeyOwner,
  type RequestOptions,
} from './passkey-options.ts'
import {
  type AuthenticationResponse,
  isCredentialId,
  type RegistrationResponse,
  verifyCreation,
  verifyRequest,
} from './passkey-relying-party.ts'
import { generateToken } from './tokens.ts'

export interface Passkeys {
  /**
   * Options for `navigator.credentials.create`; the challenge is good once, for 5 minutes, for this
   * user. Throws `conflict` for one who has `maxPasskeys`.
   */
  startRegistration(user: PasskeyOwner): Promise<CreationOptions>
  /** Keeps a new passkey; throws `invalid_passkey` when the response does not prove it, `conflict` when it is known already. */
  register(
    user: { readonly userId: string },
    passkey: { readonly name: string; readonly response: RegistrationResponse },
  ): Promise<PasskeyEntry>
  /** Options for `navigator.credentials.get`, without naming anybody (discoverable credentials). */
  startLogIn(): Promise<RequestOptions>
  /** The user whose passkey answered a challenge of ours; null for anything else. */
  logIn(response: AuthenticationResponse): Promise<string | null>
  list(userId: string): Promise<readonly PasskeyEntry[]>
  /** False for one that is not this user's. */
  delete(userId: string, passkeyId: string): Promise<boolean>
}

/** A passkey as its user may see it. */
export interface PasskeyEntry {
  readonly id: string
  readonly name: string
  /** Whether it outlives its device, as synced passkeys do. */
  readonly backedUp: boolean
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

interface EntryRow {
  readonly id: string
  readonly credential_id: string
  readonly transports: readonly string[]
  readonly name: string
  readonly backed_up: boolean
  readonly created_at: Date
  readonly last_used_at: Date | null
}

interface CredentialRow {
  readonly id: string
  readonly user_id: string
  readonly public_key: Buffer
  readonly usable: boolean
}

/** How many passkeys one user may have. */
export const maxPasskeys = 20

/**
 * Log-in without a password: a passkey is what its user has, and it verifies who holds it, so it
 * counts as two factors. An answer that proves nothing uses up no challenge; of many uses of one
 * challenge exactly one succeeds (faults 28).
 */
export function createPasskeys(options: {
  readonly database: Database
  readonly clock: () => Date
  /** Where browsers find this site; its host name is part of every passkey, so a move loses them all. */
  readonly baseUrl: string
  readonly productName?: string
}): Passkeys {
  const { clock, baseUrl, productName = 'Rampart' } = options
  const ask = createAskIdentity(options.database)
  const challenges = createOneTimeTokens(ask, clock)
  const { origin, hostname } = new URL(baseUrl)
  const site = { origin, hostname, productName }
  return {
    async startRegistration(user) {
      const known = await findKnown(ask, user.userId)
      const challenge = generateToken()
      const kept = { purpose: 'register_passkey', userId: user.userId } as const
      await challenges.create(challenge, { ...kept, seconds: ceremonySeconds })
      return createCreationOptions(site, challenge, { owner: user, known })
    },
    async register({ userId }, { name, response }) {
      const challenge = readChallenge(response)
      const proven = challenge && (await verifyCreation(site, challenge, response))
      if (!proven) throw new AppError('invalid_passkey')
      const redeemed = await challenges.redeem(challenge, 'register_passkey')
      if (redeemed?.userId !== userId) throw new AppError('invalid_passkey')
      // Challenges that were gathered before count too.
      await findKnown(ask, userId)
      const createdAt = clock()
      const { id: credentialId, publicKey, counter, transports, backedUp } = proven
      const values = [credentialId, Buffer.from(publicKey), counter, transports, backedUp]
      const [row] = await ask<{ id: string }>('create_passkey', userId, ...values, name, createdAt)
      if (!row) throw new AppError('internal')
      return { id: row.id, name, backedUp, createdAt, lastUsedAt: null }
    },
    async startLogIn() {
      const challenge = generateToken()
      const seconds = ceremonySeconds
      await challenges.create(challenge, { purpose: 'log_in_with_passkey', seconds })
      return createRequestOptions(site, challenge)
    },
    async logIn(response) {
      const challenge = readChallenge(response)
      if (challenge === null || !isCredentialId(response.id)) return null
      const [row] = await ask<CredentialRow>('find_passkey', response.id)
      if (!row?.usable) return null
      const credential = { userId: row.user_id, publicKey: row.public_key }
      const proven = await verifyRequest(site, challenge, { response, credential })
      if (!proven) return null
      if (!(await challenges.redeem(challenge, 'log_in_with_passkey'))) return null
      const values = [row.id, proven.counter, proven.backedUp, clock()]
      const [use] = await ask<{ used: boolean }>('use_passkey', ...values)
      return use?.used ? row.user_id : null
    },
    list: async (userId) => (await ask<EntryRow>('list_passkeys', userId)).map(toEntry),
    delete: async (userId, passkeyId) =>
      (await ask('delete_passkey', userId, passkeyId)).length > 0,
  }
}

async function findKnown(ask: AskIdentity, userId: string): Promise<readonly KnownCredential[]> {
  const rows = await ask<EntryRow>('list_passkeys', userId)
  if (rows.length >= maxPasskeys)
    throw new AppError('conflict', { detail: `Nobody may have more than ${maxPasskeys} passkeys.` })
  return rows.map(({ credential_id: id, transports }) => ({ id, transports }))
}

const toEntry = (row: EntryRow): PasskeyEntry => ({
  id: row.id,
  name: row.name,
  backedUp: row.backed_up,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
})
