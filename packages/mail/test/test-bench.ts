import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from '../src/mail-queue.ts'
import { createMailer, type MailerOptions } from '../src/mailer.ts'
import { type SmtpServerSettings, startSmtpServer } from './start-smtp-server.ts'

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
    mailer(url: string, options: Partial<MailerOptions> = {}) {
      const failures: (Failure & { readonly error: unknown })[] = []
      const mailer = createMailer({
        url,
        from: 'Rampart <no-reply@example.test>',
        onFailed: (error, failure) => failures.push({ error, ...failure }),
        retryDelaysMs: [50, 50, 50, 50],
        ...options,
      })
      cleanUps.push(mailer.close)
      return { ...mailer, failures }
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
