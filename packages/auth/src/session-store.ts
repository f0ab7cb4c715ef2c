import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import type { SessionCredential, SignedIn } from './identity.ts'
import { createAskIdentity } from './identity-functions.ts'
import { type PersonRow, toIdentity } from './person-row.ts'
import { hashToken } from './tokens.ts'

/** The serving role cannot read sessions; it can only put these questions to the database. */
export interface SessionStore {
  /** The live session of a token with its user and memberships, in one query; null for none. */
  find(token: string): Promise<FoundSession | null>
  /** Throws `invalid_credentials` when the password was changed since it was checked. */
  create(session: NewSession): Promise<void>
  /** Moves a session to another token; false when it is gone. What is not given stays as it was. */
  renew(token: string, renewal: Renewal): Promise<boolean>
  /** Moves to the session that an impersonation was begun in, under another token; false where there is none. */
  resume(token: string, next: string): Promise<boolean>
  delete(token: string): Promise<void>
  deleteAllOf(userId: string): Promise<void>
  deleteExpired(): Promise<void>
  list(userId: string): Promise<readonly SessionEntry[]>
  /** False for one that is not this user's. */
  deleteOne(userId: string, sessionId: string): Promise<boolean>
  deleteOthers(userId: string, keptSessionId: string): Promise<void>
}

export interface FoundSession {
  readonly identity: SignedIn
  /** Half signed in: the second factor is still asked for. */
  readonly pending: boolean
}

export interface NewSession {
  readonly token: string
  readonly userId: string
  readonly address: string | null
  readonly userAgent: string | null
  readonly pending: boolean
  readonly secondFactor: boolean
  /** The hash of the password that was checked, where it was by one. */
  readonly provenBy?: string | null
}

export interface Renewal {
  readonly token: string
  /** The session that was checked, by its public id: the token may be another's by now. */
  readonly sessionId?: string
  /** The user has just authenticated again. */
  readonly authenticated?: boolean
  readonly secondFactor?: boolean
  /** A half session becomes a whole one, with a life of its own. */
  readonly completes?: boolean
}

/** A session as its user may see it. */
export interface SessionEntry {
  readonly id: string
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly address: string | null
  readonly userAgent: string | null
  /** An administrator of the platform acts as the user in it. */
  readonly impersonated: boolean
}

interface SessionRow extends PersonRow {
  readonly session_id: string
  readonly pending: boolean
  readonly second_factor: boolean
  readonly impersonator_id: string | null
  readonly authenticated_at: Date
  readonly expires_at: Date
}

interface EntryRow {
  readonly session_id: string
  readonly created_at: Date
  readonly last_seen_at: Date
  readonly expires_at: Date
  readonly address: string | null
  readonly user_agent: string | null
  readonly impersonated: boolean
}

/** Idle 24 hours, absolute 7 days; 5 minutes for the second factor (contract). */
export const sessionLifetime = {
  idleSeconds: 24 * 60 * 60,
  absoluteSeconds: 7 * 24 * 60 * 60,
  pendingSeconds: 5 * 60,
}

/** Sessions in Postgres, found by the hash of their token; the token itself is stored nowhere. */
export function createSessionStore(options: {
  readonly database: Database
  readonly clock: () => Date
}): SessionStore {
  const { clock } = options
  const ask = createAskIdentity(options.database)
  const { idleSeconds, absoluteSeconds, pendingSeconds } = sessionLifetime
  const after = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1_000)
  return {
    async find(token) {
      const [row] = await ask<SessionRow>('find_session', hashToken(token), clock(), idleSeconds)
      return row ? { identity: toIdentity(row, toCredential(row)), pending: row.pending } : null
    },
    async create({ token, userId, address, userAgent, pending, secondFactor, provenBy = null }) {
      const now = clock()
      const until = after(now, pending ? pendingSeconds : absoluteSeconds)
      const origin = [address, userAgent?.slice(0, 256) ?? null]
      const values = [userId, now, until, ...origin, pending, secondFactor, provenBy]
      const [created] = await ask('create_session', hashToken(token), ...values)
      if (!created) throw new AppError('invalid_credentials')
    },
    async renew(token, { token: next, sessionId, authenticated, secondFactor, completes }) {
      const now = clock()
      const until = completes ? after(now, absoluteSeconds) : null
      const state = [authenticated ? now : null, secondFactor ?? null, until]
      const values = [hashToken(token), hashToken(next), sessionId ?? null, now, idleSeconds]
      return (await ask('renew_session', ...values, ...state)).length > 0
    },
    resume: async (token, next) =>
      (await ask('end_impersonation', hashToken(token), hashToken(next), clock(), idleSeconds))
        .length > 0,
    async delete(token) {
      await ask('delete_session', hashToken(token))
    },
    async deleteAllOf(userId) {
      await ask('delete_user_sessions', userId)
    },
    async deleteExpired() {
      await ask('delete_expired_sessions', clock())
    },
    async list(userId) {
      return (await ask<EntryRow>('list_sessions', userId, clock(), idleSeconds)).map(toEntry)
    },
    deleteOne: async (userId, sessionId) =>
      (await ask('delete_user_session', userId, sessionId)).length > 0,
    async deleteOthers(userId, keptSessionId) {
      await ask('delete_other_sessions', userId, keptSessionId)
    },
  }
}

const toCredential = (row: SessionRow): SessionCredential => ({
  kind: 'session',
  sessionId: row.session_id,
  secondFactor: row.second_factor,
  impersonatorId: row.impersonator_id,
  authenticatedAt: row.authenticated_at,
  expiresAt: row.expires_at,
})

const toEntry = (row: EntryRow): SessionEntry => ({
  id: row.session_id,
  createdAt: row.created_at,
  lastSeenAt: row.last_seen_at,
  expiresAt: row.expires_at,
  address: row.address,
  userAgent: row.user_agent,
  impersonated: row.impersonated,
})
