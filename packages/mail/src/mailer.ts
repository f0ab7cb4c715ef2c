import { randomUUID } from 'node:crypto'
import { parseSender } from './address.ts'
import type { Mail } from './mail.ts'
import { createMailQueue, type Failure } from './mail-queue.ts'
import { openMailTransport } from './open-mail-transport.ts'
import { requireSafeMail } from './require-safe-mail.ts'

export interface Mailer {
  /**
   * Takes a mail at once and sends it in the background. Throws AppError (overloaded when 1000 mails
   * wait, unavailable once closed), and a plain Error for a mail that only a bug can make.
   */
  send(mail: Mail): void
  /** Mails that were taken and are neither sent nor given up. */
  countWaiting(): number
  /** Tries what is waiting once more, for 5 s at most, and stops; the rest goes to `onFailed`. */
  close(): Promise<void>
}

export interface MailerOptions {
  /** `smtp:`, `smtps:`, or `file:` with the folder of an outbox. */
  readonly url: string
  /** `Name <address>` or an address. */
  readonly from: string
  /** Each failed attempt, from 1; attempt 0 was never made. Never holds a mail's text or recipient. */
  readonly onFailed: (error: unknown, failure: Failure) => void
  readonly retryDelaysMs?: readonly number[]
  readonly clock?: () => Date
}

const defaultRetryDelaysMs = [1_000, 5_000, 30_000, 120_000, 600_000]

/** Sends plain-text mail at least once, under a stable Message-ID; throws when an option is no good. */
export function createMailer(options: MailerOptions): Mailer {
  const { onFailed, retryDelaysMs = defaultRetryDelaysMs, clock = () => new Date() } = options
  const from = parseSender(options.from)
  const domain = from.address.replace(/^.*@/, '')
  const transport = openMailTransport(options.url)
  const queue = createMailQueue({ deliver: transport.deliver, onFailed, retryDelaysMs })
  let sequence = 0

  return {
    send(mail) {
      requireSafeMail(mail)
      const { to, subject, text } = mail
      const messageId = `<${randomUUID()}@${domain}>`
      sequence += 1
      queue.add({ messageId, sequence, time: clock(), from, to, subject, text })
    },
    countWaiting: queue.countWaiting,
    async close() {
      await queue.close()
      transport.close()
    },
  }
}
