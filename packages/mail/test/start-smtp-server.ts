import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: unknown
  readonly raw: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

type Reply = number | 'never' | undefined

export interface SmtpServerSettings extends SMTPServerOptions {
  readonly port?: number
  /** What to answer to the message that came as this one, counted from 1: a status, or nothing. */
  readonly reply?: (count: number, mail: ReceivedMail) => Reply
}

/** A real SMTP server on loopback that keeps what it accepted in `mails`, and all in `offered`. */
export async function startSmtpServer({ port, reply, ...options }: SmtpServerSettings = {}) {
  const mails: ReceivedMail[] = []
  const offered: ReceivedMail[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    closeTimeout: 10,
    ...options,
    async onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope
      const mail = {
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        secure: session.secure,
        user: session.user,
        ...parse(await text(stream)),
      }
      const status = reply?.(offered.push(mail), mail)
      if (status === 'never') return
      if (status !== undefined) return done(refusal(status, mail))
      mails.push(mail)
      done()
    },
  })
  // A client that gives up resets its connection.
  server.on('error', () => {})
  const listening = server.listen(port ?? 0, '127.0.0.1')
  await once(listening, 'listening')
  // A TCP server's address is an object, never a pipe's name.
  const address = listening.address() as AddressInfo
  const close = () => new Promise<void>((resolve) => server.close(resolve))
  return { port: address.port, mails, offered, close }
}

/** A refusal that quotes the mail, as filters do. */
function refusal(responseCode: number, { text, to }: ReceivedMail): Error {
  const quoted = `5.7.1 ${to.join()}: ${text.trim()}`
  return Object.assign(new Error(quoted.replaceAll(/\s+/g, ' ')), { responseCode })
}

function parse(raw: string) {
  const [head = '', ...body] = raw.split('\r\n\r\n')
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 2),
    ]),
  )
  const encoded = body.join('\r\n\r\n')
  return { raw, headers, text: decode(encoded, headers['content-transfer-encoding']) }
}

function decode(encoded: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(encoded, 'base64').toString('utf8')
  return encoding === '7bit' ? encoded : decodeQuotedPrintable(encoded)
}

// RFC 2045, section 6.7.
function decodeQuotedPrintable(encoded: string): string {
  const bytes = encoded
    .replace(/=\r\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
