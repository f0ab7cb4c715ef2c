import type { AccountMails } from './account-mails.ts'
import type { SignedIn } from './identity.ts'
import type { AskIdentity } from './identity-functions.ts'
import { invalidLink } from './invalid-link.ts'
import { generateToken, hashToken, isWellFormedToken } from './tokens.ts'

const linkSeconds = 60 * 60

export interface EmailChanges {
  /** Mails a link to the present address and one to the new; the answer says nothing about the new one. */
  begin(caller: SignedIn, email: string): Promise<void>
  /** Confirms for one address; the second makes the change and ends every session. Throws `invalid_link`. */
  confirm(token: string): Promise<{ readonly changed: boolean }>
}

interface ChangeRow {
  readonly old_email: string
  readonly new_email: string
  readonly changed: boolean
}

/** A new e-mail address, once both the old and the new one have said yes. */
export function createEmailChanges(options: {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly mails: AccountMails
}): EmailChanges {
  const { ask, clock, mails } = options
  return {
    async begin({ userId, email: oldEmail }, newEmail) {
      const [oldToken, newToken] = [generateToken(), generateToken()]
      const until = new Date(clock().getTime() + linkSeconds * 1_000)
      const hashes = [hashToken(oldToken), hashToken(newToken)]
      await ask('begin_email_change', userId, newEmail, ...hashes, until)
      mails.confirmEmailChange({ oldEmail, oldToken, newEmail, newToken })
    },
    async confirm(token) {
      if (!isWellFormedToken(token)) throw invalidLink()
      const [row] = await ask<ChangeRow>('confirm_email_change', hashToken(token), clock())
      if (!row) throw invalidLink()
      if (row.changed) await mails.notice(row.old_email, 'emailChanged')
      return { changed: row.changed }
    },
  }
}
