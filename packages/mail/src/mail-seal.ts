import type { Encryption } from '@repo/encryption'
import type { Mail, WaitingMail } from './mail.ts'
import { requireSafeMail } from './require-safe-mail.ts'

/** A mail as it waits in the database: its text may hold a link that opens an account. */
export interface SealedMail {
  readonly sealed: string
}

export interface MailSeal {
  /** Throws a plain Error for a mail that only a bug can make. */
  seal(mail: Mail): SealedMail
  /** Throws for what was not sealed here, or under a key that is gone. */
  open(data: unknown): WaitingMail
}

/** What a mail that waits is bound to. */
export const mailContext = 'mail'

export function createMailSeal(encryption: Encryption, clock: () => Date): MailSeal {
  let sequence = 0
  return {
    seal(mail) {
      requireSafeMail(mail)
      const { to, subject, text, html } = mail
      sequence += 1
      const waiting = { to, subject, text, html, time: clock().toISOString(), sequence }
      return { sealed: encryption.encrypt(JSON.stringify(waiting), mailContext) }
    },
    open(data) {
      // Whatever it is, only what was sealed above can be decrypted.
      const { sealed } = data as SealedMail
      const { time, ...mail } = JSON.parse(encryption.decrypt(String(sealed), mailContext))
      return { ...mail, time: new Date(time) }
    },
  }
}
