import { fileURLToPath } from 'node:url'
import { openFileOutbox } from './file-outbox.ts'
import type { MailTransport } from './mail.ts'
import { openSmtpTransport } from './smtp-transport.ts'

/**
 * Opens `smtp:`, `smtps:`, or `file:` with the folder of an outbox, for whoever tries again by themselves:
 * one attempt a letter, which throws DeliveryError. Throws when the URL is none of them.
 */
export function openMailTransport(text: string): MailTransport {
  // The constructor's error would carry the URL, and its password with it.
  const url = URL.parse(text)
  if (url?.protocol === 'file:') return openFileOutbox(fileURLToPath(url))
  if (url?.hostname && /^smtps?:$/.test(url.protocol)) return openSmtpTransport(url)
  throw new Error('The URL of the mail transport is not one of smtp:, smtps: and file:.')
}
