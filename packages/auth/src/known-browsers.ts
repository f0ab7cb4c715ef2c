import type { Encryption } from '@repo/encryption'

/** Somebody who has logged in in a browser, and when they last did. */
export interface KnownUser {
  readonly userId: string
  readonly since: Date
}

/** Who has logged in before in a browser: it may go on where an account is closed to strangers (faults 34). */
export interface KnownBrowsers {
  readonly cookieName: string
  /** The users that a cookie names; none for one that is missing, expired or not ours. */
  read(cookie: string | undefined): readonly KnownUser[]
  /** The Set-Cookie header that adds a user, as of now, to those a browser knows. */
  add(userId: string, known: readonly KnownUser[]): string
}

/** How long a browser is known after a log-in. */
export const knownBrowserSeconds = 180 * 24 * 60 * 60
// A family's machine; more than these would let one cookie open every account of an office.
const maxUsers = 5
const context = 'known-browser'

/** Ids, and times in milliseconds. */
type Content = readonly (readonly [userId: string, since: number])[]

/** It proves nobody: a password is asked for as ever. */
export function createKnownBrowsers(options: {
  readonly encryption: Encryption
  readonly clock: () => Date
  readonly secureCookies: boolean
}): KnownBrowsers {
  const { encryption, clock, secureCookies } = options
  const cookieName = secureCookies ? '__Host-browser' : 'browser'
  const attributes = `Path=/; Max-Age=${knownBrowserSeconds}; HttpOnly; SameSite=Lax`
  return {
    cookieName,
    read(cookie) {
      const oldest = clock().getTime() - knownBrowserSeconds * 1_000
      return open(cookie, encryption)
        .filter(([, since]) => since > oldest)
        .map(([userId, since]) => ({ userId, since: new Date(since) }))
    },
    add(userId, known) {
      const others = known.filter((other) => other.userId !== userId)
      const users = [{ userId, since: clock() }, ...others].slice(0, maxUsers)
      const content: Content = users.map(({ userId: id, since }) => [id, since.getTime()])
      const value = encryption.encrypt(JSON.stringify(content), context)
      const secure = secureCookies ? '; Secure' : ''
      return `${cookieName}=${encodeURIComponent(value)}; ${attributes}${secure}`
    },
  }
}

function open(cookie: string | undefined, encryption: Encryption): Content {
  if (cookie === undefined) return []
  try {
    // Parse boundary: what decrypts in this context is what was encrypted in it.
    return JSON.parse(encryption.decrypt(cookie, context)) as Content
  } catch {
    // Changed, of a key that is gone, or never one of ours.
    return []
  }
}
