import type { Database } from '@repo/database'
import type { Identity, Membership } from './identity.ts'
import { hashToken } from './tokens.ts'

/** The serving role cannot read sessions; it can only put these questions to the database. */
export interface SessionStore {
  /** The live session of a token with its user and memberships, in one query; null for none. */
  find(token: string): Promise<Identity | null>
  create(session: NewSession): Promise<void>
  delete(token: string): Promise<void>
  deleteAllOf(userId: string): Promise<void>
  deleteExpired(): Promise<void>
}

export interface NewSession {
  readonly token: string
  readonly userId: string
  readonly address: string | null
  readonly userAgent: string | null
}

export interface SessionStoreOptions {
  readonly database: Database
  readonly clock: () => Date
}

interface SessionRow {
  readonly user_id: string
  readonly email: string
  readonly name: string
  readonly platform_role: string | null
  readonly email_verified: boolean
  readonly authenticated_at: Date
  readonly expires_at: Date
  readonly memberships: readonly Membership[]
}

const statement = (name: string, call: string, values: readonly unknown[]) => ({
  name: `identity_${name}`,
  text: `SELECT * FROM identity.${call}`,
  values,
})

/** Idle 24 hours, absolute 7 days (contract). */
export const sessionLifetime = { idleSeconds: 24 * 60 * 60, absoluteSeconds: 7 * 24 * 60 * 60 }

/** Sessions in Postgres, found by the hash of their token; the token itself is stored nowhere. */
export function createSessionStore(options: SessionStoreOptions): SessionStore {
  const { database, clock } = options
  const run = async (name: string, call: string, values: readonly unknown[]) => {
    await database.query(statement(name, call, values))
  }
  return {
    async find(token) {
      const values = [hashToken(token), clock(), sessionLifetime.idleSeconds]
      const query = statement('find_session', 'find_session($1, $2, $3)', values)
      const [row] = await database.query<SessionRow & Record<string, unknown>>(query)
      return row ? toIdentity(row) : null
    },
    create({ token, userId, address, userAgent }) {
      const now = clock()
      const expiresAt = new Date(now.getTime() + sessionLifetime.absoluteSeconds * 1_000)
      const agent = userAgent?.slice(0, 256) ?? null
      return run('create_session', 'create_session($1, $2, $3, $4, $5, $6)', [
        hashToken(token),
        userId,
        now,
        expiresAt,
        address,
        agent,
      ])
    },
    delete: (token) => run('delete_session', 'delete_session($1)', [hashToken(token)]),
    deleteAllOf: (userId) => run('delete_user_sessions', 'delete_user_sessions($1)', [userId]),
    deleteExpired: () => run('delete_expired', 'delete_expired_sessions($1)', [clock()]),
  }
}

const toIdentity = (row: SessionRow): Identity => ({
  userId: row.user_id,
  email: row.email,
  name: row.name,
  emailVerified: row.email_verified,
  platformRole: row.platform_role,
  memberships: row.memberships,
  authenticatedAt: row.authenticated_at,
  expiresAt: row.expires_at,
})
