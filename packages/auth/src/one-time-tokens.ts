import type { AskIdentity } from './identity-functions.ts'
import { hashToken } from './tokens.ts'

export type OneTimePurpose =
  | 'register'
  | 'reset_password'
  | 'register_passkey'
  | 'log_in_with_passkey'

export interface OneTimeTokens {
  /** Keeps the hash of a value until it is redeemed or `seconds` have passed. */
  create(token: string, options: NewOneTimeToken): Promise<void>
  /** What was kept with the value; null for one that is unknown, used, expired or for another purpose. */
  redeem(token: string, purpose: OneTimePurpose): Promise<Redeemed | null>
}

export interface NewOneTimeToken {
  readonly purpose: OneTimePurpose
  readonly seconds: number
  readonly userId?: string
  readonly email?: string
  readonly data?: Readonly<Record<string, string>>
}

export interface Redeemed {
  readonly userId: string | null
  readonly email: string | null
  readonly data: Readonly<Record<string, unknown>>
}

interface Row {
  readonly user_id: string | null
  readonly email: string | null
  readonly data: Readonly<Record<string, unknown>>
}

/** Links and challenges that work once: redeeming deletes, so of many at once exactly one succeeds (faults 28). */
export function createOneTimeTokens(ask: AskIdentity, clock: () => Date): OneTimeTokens {
  return {
    async create(token, { purpose, seconds, userId = null, email = null, data = {} }) {
      const now = clock()
      const until = new Date(now.getTime() + seconds * 1_000)
      const values = [purpose, userId, email, JSON.stringify(data), now, until]
      await ask('create_one_time_token', hashToken(token), ...values)
    },
    async redeem(token, purpose) {
      const [row] = await ask<Row>('redeem_one_time_token', hashToken(token), purpose, clock())
      return row ? { userId: row.user_id, email: row.email, data: row.data } : null
    },
  }
}
