import type { Mailer } from '@repo/mail'
import type { AskIdentity } from './identity-functions.ts'
import { type MailText, type NoticeEvent, mailTexts as texts } from './mail-texts.ts'

/**
 * What an account's owner is told by mail. A promise resolves when the mail is where no crash loses it, and never rejects:
 * what was done stays done. The methods without one return at once, whoever the address belongs to.
 */
export interface AccountMails {
  confirmRegistration(email: string, token: string): void
  resetPassword(email: string, token: string): void
  confirmEmailChange(change: {
    readonly oldEmail: string
    readonly oldToken: string
    readonly newEmail: string
    readonly newToken: string
  }): void
  invite(email: string, token: string): Promise<void>
  accountMade(email: string, token: string): Promise<void>
  /** Says that an administrator acts as them. */
  impersonated(email: string): Promise<void>
  /** Says that something changed which only the owner should have changed. */
  notice(email: string, event: NoticeEvent): Promise<void>
}

export interface AccountMailsOptions {
  readonly mailer: Mailer
  readonly ask: AskIdentity
  readonly baseUrl: string
  /**
   * Whether a mail that anyone can cause may still go to this address (faults 59); a stray one tells its
   * reader only what a stranger tried.
   */
  readonly mayMail: (email: string, isStray: boolean) => Promise<boolean>
  /** Runs a task, behind the reply where nobody waits for it, so that its time tells nothing; never rejects. */
  readonly inBackground: (task: () => Promise<void>) => Promise<void>
}

/** The mails of accounts. Links hold their token behind `#`, which no server, log or Referer sees. */
export function createAccountMails(options: AccountMailsOptions): AccountMails {
  const { mailer, ask, mayMail, inBackground } = options
  const link = (page: string, token: string) =>
    `${new URL(`/account/${page}`, options.baseUrl).href}#${token}`

  /** A mail that a stranger may have asked for: a few an hour for each address, decided behind the reply. */
  function sendAsked(
    email: string,
    write: (user: FoundUser | null) => MailText | null,
  ): Promise<void> {
    return inBackground(async () => {
      const [user] = await ask<FoundUser>('find_user', email)
      const mail = write(user ?? null)
      if (mail && (await mayMail(email, isStray(mail)))) await mailer.send({ to: email, ...mail })
    })
  }

  return {
    confirmRegistration(email, token) {
      void sendAsked(email, (user) =>
        user === null
          ? texts.confirmRegistration(link('verify-email', token))
          : texts.alreadyRegistered,
      )
    },
    resetPassword(email, token) {
      void sendAsked(email, (user) =>
        user?.usable ? texts.resetPassword(link('reset-password', token)) : null,
      )
    },
    confirmEmailChange({ oldEmail, oldToken, newEmail, newToken }) {
      void sendAsked(oldEmail, () => texts.leaveAddress(link('confirm-email', oldToken), newEmail))
      void sendAsked(newEmail, (user) =>
        user === null ? texts.takeAddress(link('confirm-email', newToken)) : texts.addressTaken,
      )
    },
    invite: (email, token) =>
      sendAsked(email, () => texts.invitation(link('accept-invitation', token))),
    accountMade(email, token) {
      const text = texts.accountMade(link('reset-password', token))
      return inBackground(() => mailer.send({ to: email, ...text }))
    },
    impersonated: (email) => inBackground(() => mailer.send({ to: email, ...texts.impersonated })),
    notice: (email, event) =>
      inBackground(() => mailer.send({ to: email, ...texts.notice(event) })),
  }
}

const isStray = (mail: MailText) => mail === texts.alreadyRegistered || mail === texts.addressTaken

interface FoundUser {
  readonly usable: boolean
}
