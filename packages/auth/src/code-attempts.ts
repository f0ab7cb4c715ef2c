import { AppError } from '@repo/errors'
import type { AskIdentity } from './identity-functions.ts'

/** A code that somebody typed, with the session that they typed it in. */
export interface Attempt {
  readonly userId: string
  readonly sessionId: string
  readonly code: string
}

/**
 * Lets `isRight` look at a code unless too many were wrong. Throws `invalid_code` for a wrong one, and
 * `rate_limited` until the hour of an account's 20 wrong ones is over.
 */
export type TryCode = (
  attempt: Attempt,
  isRight: (encryptedSecret: string | null, now: Date) => Promise<boolean>,
) => Promise<void>

interface AttemptRow {
  readonly secret: string | null
  readonly locked_until: Date | null
}

const maxWrongCodes = { inHalfSession: 5, ofAccountInHour: 20 }

export function createTryCode(ask: AskIdentity, clock: () => Date): TryCode {
  const { inHalfSession, ofAccountInHour } = maxWrongCodes
  return async ({ userId, sessionId }, isRight) => {
    const now = clock()
    const values = [userId, sessionId, now, inHalfSession, ofAccountInHour]
    const [begun] = await ask<AttemptRow>('begin_code_attempt', ...values)
    if (!begun) throw new AppError('invalid_code')
    if (begun.locked_until) throw tooManyWrongCodes(begun.locked_until, now)
    if (await isRight(begun.secret, now)) return
    await ask('end_guessed_session', sessionId, inHalfSession)
    throw new AppError('invalid_code')
  }
}

function tooManyWrongCodes(until: Date, now: Date): AppError {
  const retryAfterSeconds = (until.getTime() - now.getTime()) / 1_000
  const detail = 'Too many wrong codes: try again later.'
  return new AppError('rate_limited', { detail, retryAfterSeconds })
}
