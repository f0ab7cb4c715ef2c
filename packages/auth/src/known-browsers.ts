import type { Encryption } from '@repo/encryption'

/** Who has logged in before in a browser: it may go on where an account is closed to strangers (faults 34). */
export interface KnownBrowsers {
  readonly cookieName: string
  /** The users that a cookie names; none for one that is missing, expired or not ours. */
  read(cookie: string | undefined): readonly string[]
  /** The Set-Cookie header that adds a user to those a browser knows. */
  add(userId: string, known: readonly string[]): string
}

const lifetimeSeconds = 180 * 24 * 60 * 60
// A family's machine; more than these would let one cookie open every account of an office.
const maxUsers = 5
const context = 'known-browser'

interface Content {
  readonly userIds: readonly string[]
  readonly expiresAt: number
}

/** It proves nobody: a password is asked for as ever. */
export function createKnownBrowsers(options: {
  readonly encryption: Encryption
  readonly clock: () => Date
  readonly secureCookies: boolean
}): KnownBrowsers {
  const { encryption, clock, secureCookies } = options
  const cookieName = secureCookies ? '__Host-browser' : 'browser'
  const attributes = `Path=/; Max-Age=${lifetimeSeconds}; HttpOnly; SameSite=Lax`
  return {
    cookieName,
    read(cookie) {
      if (cookie === undefined) return []
      const { userIds, expiresAt } = open(cookie, encryption)
      return expiresAt > clock().getTime() ? userIds : []
    },
    add(userId, known) {
      const userIds = [userId, ...known.filter((other) => other !== userId)].slice(0, maxUsers)
      const expiresAt = clock().getTime() + lifetimeSeconds * 1_000
      const value = encryption.encrypt(JSON.stringify({ userIds, expiresAt }), context)
      const secure = secureCookies ? '; Secure' : ''
      return `${cookieName}=${encodeURIComponent(value)}; ${attributes}${secure}`
    },
  }
}

function open(cookie: string, encryption: Encryption): Content {
  try {
    // Parse boundary: what decrypts in this context is what was encrypted in it.
    return JSON.parse(encryption.decrypt(cookie, context)) as Content
  } catch {
    // Changed, of a key that is gone, or never one of ours.
    return { userIds: [], expiresAt: 0 }
  }
}
