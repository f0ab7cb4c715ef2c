import { sessionLifetime } from './session-store.ts'
import { cookieNameOf, type Sessions, type SessionsOptions } from './sessions.ts'
import { generateToken, isWellFormedToken } from './tokens.ts'

/** The same sessions without Lucia: the way out of a deprecated library (docs/decisions/0001). */
export function createPlainSessions(options: SessionsOptions): Sessions {
  const { store, secureCookies } = options
  const cookieName = cookieNameOf(options)
  const serialize = (value: string, maxAge: number) =>
    [`${cookieName}=${value}`, 'HttpOnly', ...(secureCookies ? ['Secure'] : [])]
      .concat('SameSite=Lax', 'Path=/', `Max-Age=${maxAge}`)
      .join('; ')
  const { absoluteSeconds, pendingSeconds } = sessionLifetime
  const withCookie = (token: string, pending = false) => ({
    token,
    cookie: serialize(token, pending ? pendingSeconds : absoluteSeconds),
  })
  return {
    cookieName,
    find: async (token) => (isWellFormedToken(token) ? store.find(token) : null),
    async create(session) {
      const token = generateToken()
      await store.create({ ...session, token })
      return withCookie(token, session.pending)
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
      await store.delete(token)
      return serialize('', 0)
    },
  }
}
