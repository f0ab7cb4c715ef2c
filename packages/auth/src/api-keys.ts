import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import { apiKeyPrefix, isWellFormedApiKey, shownPrefix } from './api-key-format.ts'
import type { ApiKeyCredential, Identity } from './identity.ts'
import { createAskIdentity } from './identity-functions.ts'
import { type PersonRow, toIdentity } from './person-row.ts'
import { generateToken, hashToken } from './tokens.ts'

/** Keys of programs that act for their owner in one organization (G35). */
export interface ApiKeys {
  /** Its owner in its organization, as both are now; null for an unknown, expired, revoked or malformed key (the last without a query). */
  find(key: string): Promise<Identity<ApiKeyCredential> | null>
  create(key: ApiKeyOptions): Promise<NewApiKey>
  /**
   * A successor with the same name and permissions; both work for 24 hours, or until the old one
   * expires. Throws `conflict` for a key that is replaced already, has expired or is gone.
   */
  rotate(keyId: string, age: { readonly maxAgeDays: number }): Promise<NewApiKey>
  /** Ends keys that were seen where none may be, in one query; what those that lived were. */
  revokeLeaked(keys: readonly string[]): Promise<readonly LeakedApiKey[]>
}

export interface ApiKeyOptions {
  readonly userId: string
  readonly organizationId: string
  readonly name: string
  /** The most the key may do. */
  readonly permissions: readonly string[]
  /** The longest that a key with these permissions may live; the installation's bound holds too. */
  readonly maxAgeDays: number
  /** A shorter life, when its owner wants one. */
  readonly expiresInDays?: number
}

export interface NewApiKey {
  readonly id: string
  /** Shown once; what is stored is its hash. */
  readonly key: string
  readonly prefix: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface LeakedApiKey {
  readonly id: string
  readonly name: string
  readonly organizationId: string
  readonly userId: string
  readonly email: string
}

interface KeyRow extends PersonRow {
  readonly key_id: string
  readonly permissions: readonly string[]
  readonly second_factor: boolean
  readonly expires_at: Date
}

interface LeakedRow {
  readonly key_id: string
  readonly user_id: string
  readonly email: string
  readonly organization_id: string
  readonly name: string
}

const hourMs = 60 * 60 * 1_000
const overlapHours = 24

/** API keys in Postgres, found by their hash; none outlives `maxAgeDays`, those made before included. */
export function createApiKeys(options: {
  readonly database: Database
  readonly clock: () => Date
  /** The installation's bound (API_KEY_MAX_AGE_DAYS). */
  readonly maxAgeDays: number
}): ApiKeys {
  const { clock, maxAgeDays } = options
  const ask = createAskIdentity(options.database)
  return {
    async find(key) {
      if (!isWellFormedApiKey(key)) return null
      const [row] = await ask<KeyRow>('find_api_key', hashToken(key), clock(), maxAgeDays)
      return row ? toIdentity(row, toCredential(row)) : null
    },
    async create({ userId, organizationId, name, permissions, expiresInDays = Infinity, ...age }) {
      const now = clock()
      const made = generateKey(now, Math.min(maxAgeDays, age.maxAgeDays, expiresInDays))
      const holder = [organizationId, userId, name, made.prefix, permissions]
      const values = [hashToken(made.key), ...holder, now, made.expiresAt]
      const [row] = await ask<{ readonly id: string }>('create_api_key', ...values)
      if (!row) throw new AppError('internal')
      return { id: row.id, ...made }
    },
    async rotate(keyId, age) {
      const now = clock()
      const made = generateKey(now, Math.min(maxAgeDays, age.maxAgeDays))
      const times = [now, made.expiresAt, hoursAfter(now, overlapHours), maxAgeDays]
      const values = [keyId, hashToken(made.key), made.prefix, ...times]
      const question = ask<{ readonly id: string; readonly expires_at: Date }>
      const [row] = await question('rotate_api_key', ...values)
      if (!row) throw new AppError('conflict', { detail: 'This key has been replaced or is over.' })
      return { ...made, id: row.id, expiresAt: row.expires_at }
    },
    async revokeLeaked(keys) {
      const hashes = keys.map(hashToken)
      return (await ask<LeakedRow>('revoke_leaked_api_keys', hashes)).map(toLeaked)
    },
  }
}

const hoursAfter = (now: Date, hours: number) => new Date(now.getTime() + hours * hourMs)

function generateKey(now: Date, days: number): Omit<NewApiKey, 'id'> {
  const key = apiKeyPrefix + generateToken()
  const expiresAt = hoursAfter(now, 24 * days)
  return { key, prefix: shownPrefix(key), createdAt: now, expiresAt }
}

const toCredential = (row: KeyRow): ApiKeyCredential => ({
  kind: 'apiKey',
  keyId: row.key_id,
  permissions: row.permissions,
  secondFactor: row.second_factor,
  expiresAt: row.expires_at,
})

const toLeaked = (row: LeakedRow): LeakedApiKey => ({
  id: row.key_id,
  name: row.name,
  organizationId: row.organization_id,
  userId: row.user_id,
  email: row.email,
})
