import type { Database } from '@repo/database'
import { createAskPlatform } from '../identity-functions.ts'
import { type ChangeRow, type PlatformChange, requireChange, toChange } from './platform-change.ts'

/** An address, or the network of an IPv6 one, that is closed to whoever is not signed in. */
export interface BlockedAddress {
  readonly address: string
  readonly reason: string
  /** How often within a day of each other. */
  readonly count: number
  readonly blockedAt: Date
  readonly blockedUntil: Date
}

export interface PlatformBlocks {
  /** Those that are closed now, or this one if it is, at most `limit`, after the one of this address. */
  list(page: {
    readonly address?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly BlockedAddress[]>
  /** Opens an address, everywhere within two seconds; throws `not_found` for one that is not closed. */
  lift(adminId: string, address: string): Promise<PlatformChange>
}

const page = `
  SELECT b.address_key AS address, b.reason, b.block_count AS count, b.blocked_at AS "blockedAt",
         b.blocked_until AS "blockedUntil"
    FROM platform.blocked_addresses b
   WHERE b.blocked_until > $1 AND ($2::text IS NULL OR b.address_key > $2)
     AND ($4::text IS NULL OR b.address_key = $4)
   ORDER BY b.address_key LIMIT $3`

export function createPlatformBlocks(options: {
  readonly platform: Database
  readonly clock: () => Date
}): PlatformBlocks {
  const { platform, clock } = options
  const ask = createAskPlatform(platform)
  return {
    list: ({ address = null, after = null, limit }) =>
      platform.query<BlockedAddress & Record<string, unknown>>({
        name: 'platform_blocked_addresses',
        text: page,
        values: [clock(), after, limit, address],
      }),
    lift: async (adminId, address) =>
      toChange(requireChange(await ask<ChangeRow>('unblock_address', adminId, address, clock()))),
  }
}
