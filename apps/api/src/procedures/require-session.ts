import { type Identity, isOneself, isSignedIn, type SignedIn } from '@repo/auth'
import { AppError } from '@repo/errors'
import { requireUser } from './require-user.ts'

const freshSeconds = 15 * 60

/** A person in a browser: 401 for nobody, 403 for a key. */
export function requireSession(identity: Identity | null): SignedIn {
  const caller = requireUser(identity)
  if (!isSignedIn(caller)) throw new AppError('session_required')
  return caller
}

/** The same, who is the user and nobody acting as them: else 403. */
export function requireOwnSession(identity: Identity | null): SignedIn {
  const caller = requireSession(identity)
  if (!isOneself(caller)) throw new AppError('impersonating')
  return caller
}

/** Who acts as somebody else: 403 for everybody who is themselves. */
export function requireImpersonation(identity: Identity | null): SignedIn {
  const caller = requireSession(identity)
  if (isOneself(caller)) throw new AppError('forbidden')
  return caller
}

/** The same as `requireOwnSession`, who has authenticated in the last 15 minutes (step-up): else 403. */
export function requireFreshSession(identity: Identity | null, now: Date): SignedIn {
  const caller = requireOwnSession(identity)
  const age = now.getTime() - caller.credential.authenticatedAt.getTime()
  if (age > freshSeconds * 1_000) throw new AppError('step_up_required')
  return caller
}

/** Who owes a second factor: 401 for nobody, 403 for who is signed in already. */
export function requireHalfSession({ identity, halfSignedIn }: Halves): SignedIn {
  if (identity) throw new AppError('forbidden')
  if (!halfSignedIn) throw new AppError('unauthenticated')
  return halfSignedIn
}

interface Halves {
  readonly identity: Identity | null
  readonly halfSignedIn: SignedIn | null
}
