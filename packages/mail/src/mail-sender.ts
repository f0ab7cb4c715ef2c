import { parseSender } from './address.ts'
import type { WaitingMail } from './mail.ts'
import { openMailTransport } from './open-mail-transport.ts'

export interface MailSender {
  /**
   * Hands a mail over, under a Message-ID that is made of `id` alone. Rejects with DeliveryError, which says whether
   * another attempt may help, and soon after `signal` aborts; no error holds the mail's text or its recipient.
   */
  send(mail: WaitingMail, id: string, signal: AbortSignal): Promise<void>
  close(): void
}

export interface MailSenderOptions {
  /** `smtp:`, `smtps:`, or `file:` with the folder of an outbox. */
  readonly url: string
  /** `Name <address>` or an address. */
  readonly from: string
}

/** Sends mail, two at once at most; throws when an option is no good. */
export function openMailSender(options: MailSenderOptions): MailSender {
  const from = parseSender(options.from)
  const domain = from.address.replace(/^.*@/, '')
  const transport = openMailTransport(options.url)
  return {
    async send(mail, id, signal) {
      const messageId = `<${id}@${domain}>`
      await transport.deliver({ ...mail, messageId, from }, signal)
    },
    close: () => transport.close(),
  }
}
