import type { Identity } from '@repo/auth'
import { AppError } from '@repo/errors'

/** The caller, or 401. */
export function requireUser(identity: Identity | null): Identity {
  if (identity === null) throw new AppError('unauthenticated')
  return identity
}
