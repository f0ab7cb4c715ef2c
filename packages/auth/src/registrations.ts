import { AppError } from '@repo/errors'
import type { AccountMails } from './account-mails.ts'
import type { AskIdentity } from './identity-functions.ts'
import { invalidLink } from './invalid-link.ts'
import type { OneTimeTokens } from './one-time-tokens.ts'
import type { PasswordPolicy } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import { organizationOf } from './personal-organization.ts'
import { generateToken, hashToken, isWellFormedToken } from './tokens.ts'

const linkSeconds = 24 * 60 * 60

export interface Registrations {
  /**
   * Mails a link that opens the account. Does and answers the same whether the address has an account;
   * throws `invalid_input` for a common password.
   */
  register(applicant: Applicant, lane?: string): Promise<void>
  /**
   * Opens the account of a link and returns its user; throws `invalid_link`. With a password it opens the
   * registration that was made with it, of all to the address that the link proves: a stranger's link is
   * no trap. Throws `invalid_credentials` when there is none; the link stays good.
   */
  confirm(token: string, proof?: Proof): Promise<string>
}

interface Proof {
  readonly password: string
  readonly lane?: string
}

export interface Applicant {
  readonly email: string
  readonly password: string
  readonly name: string
}

/**
 * Registration by mail. Nothing of an applicant is a user before the link is followed, so nobody can
 * set a password for an address that is not theirs (faults 58).
 */
export function createRegistrations(options: {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly tokens: OneTimeTokens
  readonly passwords: Passwords
  readonly policy: PasswordPolicy
  readonly mails: AccountMails
}): Registrations {
  const { ask, clock, tokens, passwords, policy, mails } = options
  return {
    async register({ email, password, name }, lane) {
      await policy.check(password, { email, name })
      const hash = await passwords.hash(password, lane)
      const token = generateToken()
      const data = { name, hash, organization: organizationOf(name) }
      await tokens.create(token, { purpose: 'register', seconds: linkSeconds, email, data })
      mails.confirmRegistration(email, token)
    },
    async confirm(token, proof) {
      if (!isWellFormedToken(token)) throw invalidLink()
      const id = proof ? await findOwn(hashToken(token), proof) : hashToken(token)
      const [row] = await ask<{ user_id: string }>('confirm_registration', id, clock())
      if (!row) throw invalidLink()
      return row.user_id
    },
  }

  async function findOwn(linkId: string, { password, lane }: Proof): Promise<string> {
    const values = [linkId, clock(), maxRegistrations]
    const made = await ask<{ id: string; hash: string }>('list_registrations', ...values)
    if (made.length === 0) throw invalidLink()
    for (const { id, hash } of made) if (await passwords.verify(hash, password, lane)) return id
    throw new AppError('invalid_credentials')
  }
}

// Of one address, the newest: each costs a hash.
const maxRegistrations = 10
