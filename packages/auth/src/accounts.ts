import type { Database } from '@repo/database'
import type { Mailer } from '@repo/mail'
import { createAccountDeletion } from './account-deletion.ts'
import { type AccountMails, type AccountMailsOptions, createAccountMails } from './account-mails.ts'
import { createEmailChanges, type EmailChanges } from './email-changes.ts'
import type { SignedIn } from './identity.ts'
import { createAskIdentity } from './identity-functions.ts'
import { createOneTimeTokens } from './one-time-tokens.ts'
import { createPasswordChanges, type PasswordChanges } from './password-changes.ts'
import { createPasswordLogin, type PasswordLogin } from './password-login.ts'
import { createPasswordPolicy } from './password-policy.ts'
import { createPasswords } from './passwords.ts'
import { createRegistrations, type Registrations } from './registrations.ts'

/** The life of an account, from its registration to its end. */
export interface Accounts {
  readonly registrations: Registrations
  readonly passwords: PasswordChanges
  readonly emails: EmailChanges
  readonly login: PasswordLogin
  readonly mails: AccountMails
  readonly delete: (caller: SignedIn) => Promise<void>
}

export interface AccountsOptions {
  readonly database: Database
  readonly clock: () => Date
  readonly mailer: Mailer
  readonly baseUrl: string
  readonly mayMail: AccountMailsOptions['mayMail']
  readonly inBackground: AccountMailsOptions['inBackground']
}

export function createAccounts({ database, clock, ...mailing }: AccountsOptions): Accounts {
  const ask = createAskIdentity(database)
  const passwords = createPasswords()
  const login = createPasswordLogin({ database, passwords, clock })
  const mails = createAccountMails({ ask, ...mailing })
  const shared = { ask, clock, mails, tokens: createOneTimeTokens(ask, clock) }
  const setting = { ...shared, passwords, policy: createPasswordPolicy() }
  return {
    registrations: createRegistrations(setting),
    passwords: createPasswordChanges({ ...setting, login }),
    emails: createEmailChanges(shared),
    login,
    mails,
    delete: createAccountDeletion(shared),
  }
}
