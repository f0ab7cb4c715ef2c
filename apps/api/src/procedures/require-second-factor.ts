import type { Identity, Membership } from '@repo/auth'
import { AppError } from '@repo/errors'

/** Where the organization requires a second factor, the caller's credential was made with one: else 403. */
export function requireSecondFactor({ credential }: Identity, membership: Membership | null): void {
  if (membership?.requiresSecondFactor && !credential.secondFactor) {
    throw new AppError('second_factor_required')
  }
}
