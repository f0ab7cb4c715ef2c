import type { Database } from '@repo/database'
import type { Encryption } from '@repo/encryption'
import { AppError } from '@repo/errors'
import { type Attempt, createTryCode } from './code-attempts.ts'
import { createAskIdentity } from './identity-functions.ts'
import { generateRecoveryCodes, hashRecoveryCode } from './recovery-codes.ts'
import { findTotpStep, formatTotpUri, generateTotpSecret } from './totp.ts'

export interface SecondFactors {
  read(userId: string): Promise<SecondFactorsInUse>
  /** A new secret, good once a code of it has confirmed it; throws `conflict` when TOTP is on already. */
  enrollTotp(user: { readonly userId: string; readonly email: string }): Promise<TotpEnrollment>
  /** Turns TOTP on and returns ten recovery codes, shown this once; throws `conflict` when it is on, and as `verifyTotp`. */
  confirmTotp(attempt: Attempt): Promise<readonly string[]>
  /**
   * Throws `invalid_code` for a wrong code or one whose step was used; five of them end a half session.
   * Throws `rate_limited` for any code, right or wrong, from an account's 20th wrong one within an hour
   * until that hour is over.
   */
  verifyTotp(attempt: Attempt): Promise<void>
  /** Throws as `verifyTotp`; each code is good once. */
  verifyRecoveryCode(attempt: Attempt): Promise<void>
  /** Ten new codes; the old ones end. Throws `conflict` without TOTP. */
  replaceRecoveryCodes(userId: string): Promise<readonly string[]>
  /** Ends TOTP and its recovery codes; nothing happens where there is none. */
  disableTotp(userId: string): Promise<void>
}

export interface SecondFactorsInUse {
  readonly totp: boolean
  readonly recoveryCodes: number
  readonly passkeys: number
}

export interface TotpEnrollment {
  /** In base32, for an authenticator app. */
  readonly secret: string
  /** The same as `otpauth://`, for a QR code. */
  readonly uri: string
}

export interface SecondFactorsOptions {
  readonly database: Database
  readonly encryption: Encryption
  readonly clock: () => Date
  /** How authenticator apps name the service; 'Rampart' unless given. */
  readonly issuer?: string
}

interface FactorsRow {
  readonly confirmed: boolean
  readonly recovery_codes: number
  readonly passkeys: number
}

/** What a TOTP secret is bound to where it stands encrypted: another user's cannot be put in its place. */
export const totpContext = (userId: string) => `totp:${userId}`

/** TOTP (RFC 6238) with recovery codes. Secrets are stored encrypted, recovery codes as hashes. */
export function createSecondFactors(options: SecondFactorsOptions): SecondFactors {
  const { encryption, clock, issuer = 'Rampart' } = options
  const ask = createAskIdentity(options.database)
  // These functions answer with a row when they did what was asked, and with none when not.
  const succeeds = async (...question: Parameters<typeof ask>) =>
    (await ask(...question)).length > 0
  const tryCode = createTryCode(ask, clock)

  async function read(userId: string): Promise<SecondFactorsInUse> {
    const [row] = await ask<FactorsRow>('find_second_factors', userId)
    const { confirmed = false, recovery_codes = 0, passkeys = 0 } = row ?? {}
    return { totp: confirmed, recoveryCodes: recovery_codes, passkeys }
  }

  async function useTotpCode(attempt: Attempt, hashes: readonly string[] | null): Promise<void> {
    const { userId, sessionId, code } = attempt
    await tryCode(attempt, async (encrypted, now) => {
      if (!encrypted) return false
      const step = findTotpStep(encryption.decrypt(encrypted, totpContext(userId)), code, now)
      return (
        step !== null && succeeds('use_totp_step', userId, sessionId, encrypted, step, now, hashes)
      )
    })
  }

  return {
    read,
    async enrollTotp({ userId, email }) {
      const secret = generateTotpSecret()
      const encrypted = encryption.encrypt(secret, totpContext(userId))
      if (!(await succeeds('set_totp_secret', userId, encrypted))) throw totpIsOn()
      return { secret, uri: formatTotpUri(secret, issuer, email) }
    },
    async confirmTotp(attempt) {
      if ((await read(attempt.userId)).totp) throw totpIsOn()
      const { codes, hashes } = newRecoveryCodes(attempt.userId)
      await useTotpCode(attempt, hashes)
      return codes
    },
    verifyTotp: (attempt) => useTotpCode(attempt, null),
    async verifyRecoveryCode(attempt) {
      const { userId, sessionId, code } = attempt
      const hash = hashRecoveryCode(userId, code)
      await tryCode(attempt, (_secret, now) =>
        succeeds('use_recovery_code', userId, sessionId, hash, now),
      )
    },
    async replaceRecoveryCodes(userId) {
      const { codes, hashes } = newRecoveryCodes(userId)
      if (!(await succeeds('set_recovery_codes', userId, hashes))) throw totpIsOff()
      return codes
    },
    async disableTotp(userId) {
      await ask('delete_totp', userId)
    },
  }
}

function newRecoveryCodes(userId: string) {
  const codes = generateRecoveryCodes()
  return { codes, hashes: codes.map((code) => hashRecoveryCode(userId, code)) }
}

const totpIsOn = () => new AppError('conflict', { detail: 'TOTP is on: turn it off first.' })
const totpIsOff = () => new AppError('conflict', { detail: 'TOTP is off: turn it on first.' })
