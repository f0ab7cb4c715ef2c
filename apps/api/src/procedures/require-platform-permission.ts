import type { Identity, SignedIn } from '@repo/auth'
import { AppError } from '@repo/errors'
import { type Action, platformGrantsOf } from '@repo/rbac'
import type { Services } from '../services.ts'
import { requireFreshSession } from './require-session.ts'

/** The caller, where their role on the platform lets them: else 403, whatever their organizations let them do. */
export function requirePlatformPermission(
  identity: Identity | null,
  action: Action,
  { clock, config }: Pick<Services, 'clock' | 'config'>,
): SignedIn {
  // What a role gives is asked first: to whom it gives nothing, the age of a session says nothing.
  if (identity && platformGrantsOf(identity.platformRole).reach(action) === null) {
    throw new AppError('forbidden')
  }
  const caller = requireFreshSession(identity, clock())
  if (config.nodeEnv === 'production' && !caller.credential.secondFactor) {
    throw new AppError('second_factor_required')
  }
  return caller
}
