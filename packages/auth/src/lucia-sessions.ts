import { type Adapter, Lucia, TimeSpan } from 'lucia'
import { type FoundSession, type SessionStore, sessionLifetime } from './session-store.ts'
import { cookieNameOf, type Sessions, type SessionsOptions } from './sessions.ts'
import { generateToken, isWellFormedToken } from './tokens.ts'

interface Attributes {
  readonly address: string | null
  readonly userAgent: string | null
  readonly pending: boolean
  readonly secondFactor: boolean
  readonly provenBy?: string | null
}

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<Record<never, never>, { found: FoundSession }>
    DatabaseUserAttributes: { readonly found: FoundSession }
    DatabaseSessionAttributes: Attributes
  }
}

// Lucia calls a token a session id; only its hash leaves the store's file.
function createAdapter(store: SessionStore): Adapter {
  const unread = { address: null, userAgent: null, pending: false, secondFactor: false }
  return {
    async getSessionAndUser(token) {
      const found = await store.find(token)
      if (!found) return [null, null]
      const { userId, credential } = found.identity
      const { expiresAt } = credential
      return [
        { id: token, userId, expiresAt, attributes: unread },
        { id: userId, attributes: { found } },
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

/** Sessions by Lucia, which is behind this file alone (docs/decisions/0001). */
export function createLuciaSessions(options: SessionsOptions): Sessions {
  const { store, secureCookies } = options
  const cookieName = cookieNameOf(options)
  const lucia = new Lucia(createAdapter(store), {
    sessionExpiresIn: new TimeSpan(sessionLifetime.absoluteSeconds, 's'),
    sessionCookie: {
      name: cookieName,
      attributes: { secure: secureCookies, sameSite: 'lax', path: '/' },
    },
    getUserAttributes: ({ found }) => ({ found }),
  })
  function withCookie(token: string, pending = false) {
    const cookie = lucia.createSessionCookie(token)
    if (pending) cookie.attributes.maxAge = sessionLifetime.pendingSeconds
    return { token, cookie: cookie.serialize() }
  }
  return {
    cookieName,
    async find(token) {
      if (!isWellFormedToken(token)) return null
      const { user } = await lucia.validateSession(token)
      return user?.found ?? null
    },
    async create({ userId, ...attributes }) {
      const session = await lucia.createSession(userId, attributes, { sessionId: generateToken() })
      return withCookie(session.id, attributes.pending)
    },
    async renew(token, renewal) {
      const next = generateToken()
      return (await store.renew(token, { ...renewal, token: next })) ? withCookie(next) : null
    },
    async resume(token) {
      const next = generateToken()
      return (await store.resume(token, next)) ? withCookie(next) : null
    },
    carry: (token) => withCookie(token),
    async delete(token) {
      await lucia.invalidateSession(token)
      return lucia.createBlankSessionCookie().serialize()
    },
  }
}
