import type { Database } from '@repo/database'
import { AppError, secondsUntil } from '@repo/errors'
import { createAskIdentity } from './identity-functions.ts'
import type { KnownUser } from './known-browsers.ts'
import type { Passwords } from './passwords.ts'

export interface PasswordLogin {
  /**
   * The user whose e-mail and password these are; null for anything else, after the same work. Throws
   * `overloaded` when too many wait, or too many of this lane; and `rate_limited` after ten failures within
   * 15 minutes, from wherever they came, unless the asker is known: an account that somebody guesses at slows
   * down for strangers, and locks nobody out (faults 34).
   */
  check(email: string, password: string, asker?: LogInAsker): Promise<PasswordMatch | null>
}

export interface LogInAsker {
  /** Whom the work is for, such as an address. */
  readonly lane?: string
  /** Who has logged in before in the browser that asks: what was before they set their password is past. */
  readonly knownUsers?: readonly KnownUser[]
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
  readonly user_id: string | null
  readonly set_at: Date | null
  readonly hash: string | null
  readonly usable: boolean
  readonly second_factor: boolean
  readonly platform_role: string | null
  readonly failures: number
  readonly braked_until: Date | null
}

/**
 * Log-in by e-mail and password: unknown, wrong, disabled, unverified and without a password look and
 * cost the same.
 */
export function createPasswordLogin(options: {
  readonly database: Database
  readonly passwords: Passwords
  readonly clock: () => Date
}): PasswordLogin {
  const { clock, passwords } = options
  const ask = createAskIdentity(options.database)
  return {
    async check(email, password, { lane, knownUsers = [] } = {}) {
      const now = clock()
      const [row] = await ask<PasswordRow>('find_password', email, now)
      const userId = row?.user_id ?? null
      const since = knownUsers.find((known) => known.userId === userId)?.since
      const isKnown = since !== undefined && row?.set_at != null && since >= row.set_at
      if (row?.braked_until && !isKnown) {
        throw new AppError('rate_limited', {
          retryAfterSeconds: secondsUntil(row.braked_until, now),
        })
      }
      const matches = await passwords.verify(row?.hash ?? null, password, lane)
      if (!row?.hash || !matches || !row.usable || userId === null) {
        await ask('count_failed_log_in', email, now)
        return null
      }
      if (row.failures > 0) await ask('forget_failed_log_ins', email)
      const { second_factor: secondFactor, platform_role: platformRole } = row
      return { userId, secondFactor, platformRole, provenBy: row.hash }
    },
  }
}
