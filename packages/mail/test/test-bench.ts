import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mail } from '../src/mail.ts'
import { type MailSenderOptions, openMailSender } from '../src/mail-sender.ts'
import { requireSafeMail } from '../src/require-safe-mail.ts'
import { type SmtpServerSettings, startSmtpServer } from './start-smtp-server.ts'

export interface BenchOptions extends Partial<MailSenderOptions> {
  readonly clock?: () => Date
}

/** Opens what a test needs, and closes it in reverse. */
export function createBench() {
  const cleanUps: (() => Promise<unknown>)[] = []
  return {
    cleanUps,
    async server(settings?: SmtpServerSettings) {
      const server = await startSmtpServer(settings)
      cleanUps.push(server.close)
      return server
    },
    /** Sends each mail once, at once. */
    mailer(url: string, { clock = () => new Date(), ...options }: BenchOptions = {}) {
      const failures: { readonly error: unknown; readonly id: string }[] = []
      const from = 'Rampart <no-reply@example.test>'
      const sender = openMailSender({ url, from, ...options })
      const { signal } = new AbortController()
      const sending: Promise<void>[] = []
      let sequence = 0
      async function close() {
        await Promise.all(sending)
        sender.close()
      }
      cleanUps.push(close)
      return {
        failures,
        send(mail: Mail, id: string = randomUUID()) {
          requireSafeMail(mail)
          sequence += 1
          const waiting = { ...mail, time: clock(), sequence }
          const sent = sender.send(waiting, id, signal)
          sending.push(sent.catch((error: unknown) => void failures.push({ error, id })))
        },
        close,
      }
    },
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), 'mail-'))
      cleanUps.push(() => rm(folder, { recursive: true, force: true }))
      return folder
    },
    async close() {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
    },
  }
}

/** A mail whose text is a secret. */
export function mailTo(to: string, subject = 'Your link') {
  return { to, subject, text: 'Open https://app.example.test/verify#s3cr3t-t0ken\n' }
}
