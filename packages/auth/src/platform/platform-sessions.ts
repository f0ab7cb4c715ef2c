import { createAskPlatform } from '../identity-functions.ts'
import { sessionLifetime } from '../session-store.ts'
import type { PlaceInTime, PlatformOptions } from './platform-users.ts'

/** A session that lives, without what proves it. */
export interface PlatformSession {
  readonly id: string
  readonly userId: string
  readonly email: string
  /** `pending`: a second factor is owed; `impersonation`: an administrator acts as the user. */
  readonly state: 'whole' | 'pending' | 'impersonation'
  readonly secondFactor: boolean
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly address: string | null
  readonly userAgent: string | null
  readonly impersonatorId: string | null
}

/** How many sessions live, by their state: of 100 000 at most. */
export interface SessionCounts {
  readonly whole: number
  /** Of those that are whole. */
  readonly secondFactor: number
  readonly pending: number
  readonly impersonation: number
  readonly people: number
}

export interface PlatformSessions {
  /** The newest first, of everybody or of one person; those older than `before`. */
  list(page: {
    readonly userId?: string | undefined
    /** When the last one that was seen had begun, and its id: it need not live any more. */
    readonly before?: PlaceInTime | undefined
    readonly limit: number
  }): Promise<readonly PlatformSession[]>
  count(): Promise<SessionCounts>
}

interface SessionRow extends Pick<PlatformSession, 'id' | 'email' | 'state' | 'address'> {
  readonly user_id: string
  readonly second_factor: boolean
  readonly created_at: Date
  readonly last_seen_at: Date
  readonly expires_at: Date
  readonly user_agent: string | null
  readonly impersonator_id: string | null
}

type CountsRow = Omit<SessionCounts, 'secondFactor'> & { readonly second_factor: number }

export function createPlatformSessions({
  platform,
  clock,
}: Pick<PlatformOptions, 'platform' | 'clock'>): PlatformSessions {
  const ask = createAskPlatform(platform)
  const { idleSeconds } = sessionLifetime
  return {
    async list({ userId = null, before = [null, null], limit }) {
      const values = [userId, ...before, limit, clock(), idleSeconds]
      return (await ask<SessionRow>('list_sessions', ...values)).map(toSession)
    },
    async count() {
      const [row] = await ask<CountsRow>('count_sessions', clock(), idleSeconds)
      if (!row) throw new Error('The database did not count the sessions.')
      const { second_factor: secondFactor, ...counts } = row
      return { ...counts, secondFactor }
    },
  }
}

const toSession = ({
  user_id: userId,
  second_factor: secondFactor,
  created_at: createdAt,
  last_seen_at: lastSeenAt,
  expires_at: expiresAt,
  user_agent: userAgent,
  impersonator_id: impersonatorId,
  ...same
}: SessionRow): PlatformSession => ({
  ...same,
  ...{ userId, secondFactor, createdAt, lastSeenAt, expiresAt, userAgent, impersonatorId },
})
