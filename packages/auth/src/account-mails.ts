import type { Mailer } from '@repo/mail'
import type { AskIdentity } from './identity-functions.ts'

/** What an account's owner is told by mail. Every method returns at once, whoever the address belongs to. */
export interface AccountMails {
  confirmRegistration(email: string, token: string): void
  resetPassword(email: string, token: string): void
  confirmEmailChange(change: {
    readonly oldEmail: string
    readonly oldToken: string
    readonly newEmail: string
    readonly newToken: string
  }): void
  /** Says that something changed which only the owner should have changed. */
  notice(email: string, event: NoticeEvent): void
}

// No mail repeats what a stranger typed, such as a name: it would carry their words to the reader.
const notices = {
  passwordReset: 'The password of your account was reset, and every session was ended.',
  passwordChanged: 'The password of your account was changed, and every other session was ended.',
  emailChanged: 'Your account has moved to another e-mail address.',
  totpOn: 'Codes from an authenticator app now protect your account.',
  totpOff: 'Codes from an authenticator app no longer protect your account.',
  recoveryCodeUsed: 'A recovery code of your account was used.',
  recoveryCodesReplaced: 'The recovery codes of your account were replaced.',
  passkeyAdded: 'A passkey was added to your account.',
  passkeyRemoved: 'A passkey was removed from your account.',
  apiKeyCreated: 'An API key of your account was made.',
  apiKeyLeaked: 'An API key of yours was seen where no key may be, and was revoked.',
  accountDeleted: 'Your account was deleted.',
} as const

export type NoticeEvent = keyof typeof notices

export interface AccountMailsOptions {
  readonly mailer: Mailer
  readonly ask: AskIdentity
  readonly baseUrl: string
  /** Whether a mail that anyone can cause may still go to this address (faults 59). */
  readonly mayMail: (email: string) => Promise<boolean>
  /** Runs a task behind the reply, so that its time tells nothing. */
  readonly inBackground: (task: () => Promise<void>) => void
}

/** The mails of accounts. Links hold their token behind `#`, which no server, log or Referer sees. */
export function createAccountMails(options: AccountMailsOptions): AccountMails {
  const { mailer, ask, mayMail, inBackground } = options
  const link = (page: string, token: string) =>
    `${new URL(`/account/${page}`, options.baseUrl).href}#${token}`

  /** A mail that a stranger may have asked for: a few an hour for each address, decided behind the reply. */
  function sendAsked(email: string, write: (user: FoundUser | null) => MailText | null): void {
    inBackground(async () => {
      const [user] = await ask<FoundUser>('find_user', email)
      const mail = write(user ?? null)
      if (mail && (await mayMail(email))) mailer.send({ to: email, ...mail })
    })
  }

  return {
    confirmRegistration: (email, token) =>
      sendAsked(email, (user) =>
        user === null
          ? texts.confirmRegistration(link('verify-email', token))
          : texts.alreadyRegistered,
      ),
    resetPassword: (email, token) =>
      sendAsked(email, (user) =>
        user?.usable ? texts.resetPassword(link('reset-password', token)) : null,
      ),
    confirmEmailChange({ oldEmail, oldToken, newEmail, newToken }) {
      sendAsked(oldEmail, () => texts.confirmEmailChange(link('confirm-email', oldToken)))
      sendAsked(newEmail, (user) =>
        user === null
          ? texts.confirmEmailChange(link('confirm-email', newToken))
          : texts.addressTaken,
      )
    },
    notice(email, event) {
      inBackground(async () => mailer.send({ to: email, ...texts.notice(notices[event]) }))
    },
  }
}

interface FoundUser {
  readonly usable: boolean
}

interface MailText {
  readonly subject: string
  readonly text: string
}

const paragraphs = (...lines: readonly string[]) => `${lines.join('\n\n')}\n`
const ignore = 'If this was not you, you need do nothing.'

const texts = {
  confirmRegistration: (url: string) => ({
    subject: 'Confirm your e-mail address',
    text: paragraphs('To open your account, follow this link within a day:', url, ignore),
  }),
  alreadyRegistered: {
    subject: 'You have an account already',
    text: paragraphs(
      'Somebody, probably you, asked for an account with this address, which has one already.',
      'If you forgot your password, ask for a new one where you log in.',
      ignore,
    ),
  },
  resetPassword: (url: string) => ({
    subject: 'Set a new password',
    text: paragraphs('To set a new password, follow this link within an hour:', url, ignore),
  }),
  confirmEmailChange: (url: string) => ({
    subject: 'Confirm the change of your e-mail address',
    text: paragraphs(
      'An account is to move between this e-mail address and another. To agree, follow this link within an hour:',
      url,
      'The address changes once both have agreed. If this was not you, change your password.',
    ),
  }),
  addressTaken: {
    subject: 'This address has an account already',
    text: paragraphs(
      'Somebody asked to move another account to this address, which has one already. Nothing was changed.',
      ignore,
    ),
  },
  notice: (sentence: string) => ({
    subject: 'Your account: something changed',
    text: paragraphs(
      sentence,
      'If this was not you, set a new password and look at your sessions.',
    ),
  }),
} as const satisfies Record<string, MailText | ((words: string) => MailText)>
