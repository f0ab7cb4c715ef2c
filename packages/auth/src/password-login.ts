import type { Database } from '@repo/database'
import { createAskIdentity } from './identity-functions.ts'
import type { Passwords } from './passwords.ts'

export interface PasswordLogin {
  /**
   * The user whose e-mail and password these are; null for anything else, after the same work. Throws
   * `overloaded` when too many wait, or too many of this lane: whom the work is for, such as an address.
   */
  check(email: string, password: string, lane?: string): Promise<PasswordMatch | null>
}

export interface PasswordMatch {
  readonly userId: string
  /** Whether a code is asked for after the password. */
  readonly secondFactor: boolean
  readonly platformRole: string | null
  /** The hash that matched: a session begins only while it is still the user's. */
  readonly provenBy: string
}

interface PasswordRow {
  readonly user_id: string
  readonly hash: string | null
  readonly usable: boolean
  readonly second_factor: boolean
  readonly platform_role: string | null
}

/**
 * Log-in by e-mail and password: unknown, wrong, disabled, unverified and without a password look and
 * cost the same.
 */
export function createPasswordLogin(options: {
  readonly database: Database
  readonly passwords: Passwords
}): PasswordLogin {
  const ask = createAskIdentity(options.database)
  return {
    async check(email, password, lane) {
      const [row] = await ask<PasswordRow>('find_password', email)
      const matches = await options.passwords.verify(row?.hash ?? null, password, lane)
      if (!row?.hash || !matches || !row.usable) return null
      const { user_id: userId, second_factor: secondFactor, platform_role: platformRole } = row
      return { userId, secondFactor, platformRole, provenBy: row.hash }
    },
  }
}
