import type { SignedIn } from '../identity.ts'
import { createAskPlatform } from '../identity-functions.ts'
import { generateToken, hashToken } from '../tokens.ts'
import { type ChangeRow, type PlatformChange, requireChange, toChange } from './platform-change.ts'
import type { PlatformOptions } from './platform-users.ts'

/** No longer than this, whatever is done meanwhile; the database holds it too. */
const impersonationSeconds = 30 * 60

export interface Impersonations {
  /**
   * The token of a session as the user, who is told by mail and sees it among their own; at most 30 minutes, and
   * no longer than the administrator's session. Throws `not_found`, and `conflict` for oneself and for whoever is
   * suspended, unverified or has a role on the platform.
   */
  begin(
    admin: SignedIn,
    wanted: Impersonation,
  ): Promise<PlatformChange & { readonly token: string }>
}

export interface Impersonation {
  readonly userId: string
  readonly reason: string
  readonly address: string
  readonly userAgent: string | null
}

export function createImpersonations({
  platform,
  clock,
  mails,
}: Omit<PlatformOptions, 'database'>): Impersonations {
  const ask = createAskPlatform(platform)
  return {
    async begin({ userId: adminId, credential }, { userId, reason, address, userAgent }) {
      const [token, now] = [generateToken(), clock()]
      const until = new Date(now.getTime() + impersonationSeconds * 1_000)
      const from = [address, userAgent?.slice(0, 256) ?? null]
      const values = [adminId, credential.sessionId, userId, hashToken(token), now, until, ...from]
      const rows = await ask<ChangeRow & { readonly email: string }>('impersonate', ...values)
      const { email, ...row } = requireChange(rows)
      await mails.impersonated(email)
      const { before, after } = toChange(row)
      return { token, before, after: { ...after, reason } }
    },
  }
}
