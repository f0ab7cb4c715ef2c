import { type Adapter, Lucia, TimeSpan } from 'lucia'
import type { Identity } from './identity.ts'
import { type SessionStore, sessionLifetime } from './session-store.ts'
import { generateToken, isWellFormedToken } from './tokens.ts'

/** Log-in sessions of browsers (G04). Lucia is behind this file alone (docs/decisions/0001). */
export interface Sessions {
  /** Name of the cookie: `__Host-session` over HTTPS, `session` over plain HTTP in development. */
  readonly cookieName: string
  /** Who the token belongs to; null for nobody. A malformed token is refused without a query. */
  find(token: string): Promise<Identity | null>
  /** Starts a session: its token and the Set-Cookie header that carries it. */
  create(session: { readonly userId: string } & Origin): Promise<{ token: string; cookie: string }>
  /** Ends a session and returns the Set-Cookie header that removes its cookie. */
  delete(token: string): Promise<string>
}

interface Origin {
  readonly address: string | null
  readonly userAgent: string | null
}

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<Record<never, never>, { identity: Identity }>
    DatabaseUserAttributes: { readonly identity: Identity }
    DatabaseSessionAttributes: Origin
  }
}

// Lucia calls a token a session id; only its hash leaves the store's file.
function createAdapter(store: SessionStore): Adapter {
  const nowhere = { address: null, userAgent: null }
  return {
    async getSessionAndUser(token) {
      const identity = await store.find(token)
      if (!identity) return [null, null]
      const { userId, expiresAt } = identity
      return [
        { id: token, userId, expiresAt, attributes: nowhere },
        { id: userId, attributes: { identity } },
      ]
    },
    setSession: ({ id, userId, attributes }) => store.create({ token: id, userId, ...attributes }),
    deleteSession: (token) => store.delete(token),
    deleteUserSessions: (userId) => store.deleteAllOf(userId),
    deleteExpiredSessions: () => store.deleteExpired(),
    // Finding a session has already moved its idle lifetime, in the same query.
    updateSessionExpiration: async () => {},
    // Tokens are not stored, so Lucia's list, which is made of them, stays empty.
    getUserSessions: async () => [],
  }
}

export function createSessions(options: {
  readonly store: SessionStore
  readonly secureCookies: boolean
}): Sessions {
  const cookieName = options.secureCookies ? '__Host-session' : 'session'
  const lucia = new Lucia(createAdapter(options.store), {
    sessionExpiresIn: new TimeSpan(sessionLifetime.absoluteSeconds, 's'),
    sessionCookie: {
      name: cookieName,
      attributes: { secure: options.secureCookies, sameSite: 'lax', path: '/' },
    },
    getUserAttributes: ({ identity }) => ({ identity }),
  })
  return {
    cookieName,
    async find(token) {
      if (!isWellFormedToken(token)) return null
      const { user } = await lucia.validateSession(token)
      return user?.identity ?? null
    },
    async create({ userId, ...origin }) {
      const session = await lucia.createSession(userId, origin, { sessionId: generateToken() })
      return { token: session.id, cookie: lucia.createSessionCookie(session.id).serialize() }
    },
    async delete(token) {
      await lucia.invalidateSession(token)
      return lucia.createBlankSessionCookie().serialize()
    },
  }
}
