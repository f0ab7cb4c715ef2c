import { isIPv4 } from 'node:net'
import {
  createTransport,
  type NodemailerError,
  type SendMailOptions,
  type SMTPPoolOptions,
} from 'nodemailer'
import { DeliveryError } from './delivery-error.ts'
import type { Letter, MailTransport } from './mail.ts'

const maxConnections = 2
const connectMs = 5_000
const silenceMs = 10_000
const idleMs = 5_000

/** Sends over SMTP; throws when the URL holds more than credentials, host and port. */
export function openSmtpTransport(url: URL): MailTransport {
  const pool = createTransport({ ...connectionOf(url), ...limits })
  return {
    async deliver(letter, signal) {
      try {
        await pool.sendMail({ ...messageOf(letter), signal })
      } catch (error) {
        throw toDeliveryError(error)
      }
    },
    close: () => pool.close({ force: true }),
  }
}

const limits = {
  pool: true,
  maxConnections,
  // The queue alone tries again, and counts it.
  maxRequeues: 0,
  dnsTimeout: connectMs,
  connectionTimeout: connectMs,
  greetingTimeout: connectMs,
  socketTimeout: silenceMs,
  idleTimeout: idleMs,
  disableFileAccess: true,
  disableUrlAccess: true,
} as const satisfies SMTPPoolOptions

function connectionOf(url: URL): SMTPPoolOptions {
  // An unescaped # or ? in a password would cut the URL short and name another host.
  if (url.hash || url.search || url.pathname.length > 1)
    throw new Error('The URL of the mail server has more than credentials, host and port.')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const secure = url.protocol === 'smtps:'
  const user = decodeURIComponent(url.username)
  const pass = decodeURIComponent(url.password)
  return {
    host,
    port: url.port || (secure ? 465 : 587),
    secure,
    ...(secure || isLoopback(host) || isCatcher(host, user) ? {} : { requireTLS: true }),
    ...(user ? { auth: { user, pass } } : {}),
  }
}

/** Whether a host is this machine by its very name: no look-up, so a name cannot become one. */
export function isLoopback(host: string): boolean {
  return (
    host.toLowerCase() === 'localhost' ||
    host === '::1' ||
    (isIPv4(host) && host.startsWith('127.'))
  )
}

/** A name of one word, as containers have them, that is told no password: a catcher of mails in a network of one's own. */
export const isCatcher = (host: string, user: string) =>
  user === '' && /^[a-z][a-z\d-]*$/i.test(host)

function messageOf({ messageId, from, to, subject, text, html, time }: Letter): SendMailOptions {
  return {
    messageId,
    from: { ...from },
    // As an object the address is not parsed again: it cannot become two.
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    subject,
    text,
    ...(html !== undefined && { html }),
    date: time,
  }
}

function toDeliveryError(reason: unknown): DeliveryError {
  // nodemailer rejects with its own error alone.
  const error = reason as NodemailerError
  const code = error.code ?? 'EUNKNOWN'
  const status = error.responseCode
  if (status === undefined && error.response === undefined)
    return new DeliveryError(error.message, { code, permanent: false })
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(error.response ?? '')?.[1]
  const said = [status, enhanced].filter((part) => part !== undefined).join(' ') || 'no status'
  const command = error.command ?? 'a command'
  return new DeliveryError(`The mail server answered ${said} to ${command}.`, {
    code,
    permanent: isRefused(error),
  })
}

// Of MAIL, RCPT and DATA: of the mail. All before them is about the connection, which an operator mends.
const mailCodes: ReadonlySet<string | undefined> = new Set(['EENVELOPE', 'EMESSAGE'])
// That a log-in or TLS is wanted first (RFC 4954, section 6) some servers say to MAIL alone.
const loginStatuses: ReadonlySet<number> = new Set([530, 534, 535, 538])

/** Whether the mail itself was refused for good, and not whoever brings it. */
const isRefused = ({ code, responseCode: status = 0 }: NodemailerError) =>
  mailCodes.has(code) && status >= 500 && !loginStatuses.has(status)
