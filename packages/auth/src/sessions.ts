import type { FoundSession, NewSession, Renewal, SessionStore } from './session-store.ts'

/** Log-in sessions of browsers (G04). Two files implement it, and one suite tests both. */
export interface Sessions {
  /** Name of the cookie: `__Host-session` over HTTPS, `session` over plain HTTP in development. */
  readonly cookieName: string
  /** Who the token belongs to; null for nobody. A malformed token is refused without a query. */
  find(token: string): Promise<FoundSession | null>
  /** Starts a session: its token and the Set-Cookie header that carries it. */
  create(session: Omit<NewSession, 'token'>): Promise<SessionCookie>
  /** The same session under a new token, so that a planted or stolen one ends; null when it is gone. */
  renew(token: string, renewal: Omit<Renewal, 'token'>): Promise<SessionCookie | null>
  /** Ends an impersonation: the session it was begun in, under a new token; null when that is gone. */
  resume(token: string): Promise<SessionCookie | null>
  /** The cookie of a session that was begun elsewhere. */
  carry(token: string): SessionCookie
  /** Ends a session and returns the Set-Cookie header that removes its cookie. */
  delete(token: string): Promise<string>
}

export interface SessionCookie {
  readonly token: string
  readonly cookie: string
}

export interface SessionsOptions {
  readonly store: SessionStore
  readonly secureCookies: boolean
}

export const cookieNameOf = ({ secureCookies }: SessionsOptions): string =>
  secureCookies ? '__Host-session' : 'session'
