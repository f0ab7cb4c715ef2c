import { AppError } from '@repo/errors'
import type { AccountMails } from './account-mails.ts'
import type { SignedIn } from './identity.ts'
import type { AskIdentity } from './identity-functions.ts'
import { invalidLink } from './invalid-link.ts'
import type { OneTimeTokens } from './one-time-tokens.ts'
import type { PasswordLogin } from './password-login.ts'
import type { PasswordPolicy } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import { generateToken, hashToken, isWellFormedToken } from './tokens.ts'

const linkSeconds = 60 * 60

export interface PasswordChanges {
  /** Mails a link that sets a new password; does and answers the same for an address without an account. */
  forgot(email: string): Promise<void>
  /** Sets the password and ends every session of the user; throws `invalid_link` or `invalid_input`. */
  reset(token: string, password: string, lane?: string): Promise<void>
  /**
   * Sets the password and ends every other session; throws `invalid_credentials` when the current one is
   * wrong, `unauthenticated` when the session has ended meanwhile, and `invalid_input`.
   */
  change(
    caller: SignedIn,
    passwords: { readonly current: string; readonly next: string },
    lane?: string,
  ): Promise<void>
}

interface LinkRow {
  readonly email: string
  readonly name: string | null
}

export function createPasswordChanges(options: {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly tokens: OneTimeTokens
  readonly passwords: Passwords
  readonly login: PasswordLogin
  readonly policy: PasswordPolicy
  readonly mails: AccountMails
}): PasswordChanges {
  const { ask, clock, tokens, passwords, login, policy, mails } = options
  return {
    async forgot(email) {
      const token = generateToken()
      await tokens.create(token, { purpose: 'reset_password', seconds: linkSeconds, email })
      mails.resetPassword(email, token)
    },
    async reset(token, password, lane) {
      if (!isWellFormedToken(token)) throw invalidLink()
      const link = [hashToken(token), 'reset_password', clock()]
      const [owner] = await ask<LinkRow>('find_one_time_token', ...link)
      if (!owner) throw invalidLink()
      await policy.check(password, { email: owner.email, name: owner.name ?? '' })
      const values = [hashToken(token), await passwords.hash(password, lane), clock()]
      const [user] = await ask<{ email: string }>('reset_password', ...values)
      if (!user) throw invalidLink()
      await mails.notice(user.email, 'passwordReset')
    },
    async change({ userId, email, name, credential }, { current, next }, lane) {
      await policy.check(next, { email, name }, '/newPassword')
      const match = await login.check(email, current, {
        ...(lane !== undefined && { lane }),
        knownUsers: [{ userId, since: clock() }],
      })
      if (match?.userId !== userId) throw new AppError('invalid_credentials')
      const hash = await passwords.hash(next, lane)
      const [changed] = await ask('set_password', userId, hash, credential.sessionId, clock())
      if (!changed) throw new AppError('unauthenticated')
      await mails.notice(email, 'passwordChanged')
    },
  }
}
