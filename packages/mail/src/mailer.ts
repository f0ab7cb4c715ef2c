import type { Encryption } from '@repo/encryption'
import type { JobSender } from '@repo/jobs'
import type { Mail } from './mail.ts'
import { createMailSeal } from './mail-seal.ts'

export interface Mailer {
  /**
   * Resolves when the mail is where a crash cannot lose it; a worker sends it. Rejects with AppError (overloaded when
   * 10 000 mails wait, unavailable without Postgres), and with a plain Error for a mail that only a bug can make.
   */
  send(mail: Mail): Promise<void>
}

/** Mails as jobs: a dump of the database shows none. */
export function createMailer(options: {
  readonly jobs: JobSender
  readonly encryption: Encryption
  readonly clock: () => Date
}): Mailer {
  const { seal } = createMailSeal(options.encryption, options.clock)
  return {
    async send(mail) {
      await options.jobs.send('mail', seal(mail))
    },
  }
}
