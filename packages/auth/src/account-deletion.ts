import { AppError } from '@repo/errors'
import type { AccountMails } from './account-mails.ts'
import type { SignedIn } from './identity.ts'
import type { AskIdentity } from './identity-functions.ts'

/**
 * Erases a person: log-ins, factors, keys and name go; what belongs to an organization stays there.
 * Throws `conflict` while others would be left without an owner.
 */
export function createAccountDeletion(options: {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly mails: AccountMails
}): (caller: SignedIn) => Promise<void> {
  return async ({ userId, email }) => {
    const values = [userId, options.clock()]
    const [row] = await options.ask<{ outcome: string }>('delete_account', ...values)
    if (row?.outcome === 'sole_owner') {
      const detail =
        'You are the only owner of an organization with other members: make one of them its owner first.'
      throw new AppError('conflict', { detail })
    }
    if (row) await options.mails.notice(email, 'accountDeleted')
  }
}
