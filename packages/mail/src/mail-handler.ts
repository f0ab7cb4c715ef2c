import type { Encryption } from '@repo/encryption'
import { type DeliveryHandler, PermanentFailure } from '@repo/jobs'
import { DeliveryError } from './delivery-error.ts'
import { createMailSeal } from './mail-seal.ts'
import { type MailSenderOptions, openMailSender } from './mail-sender.ts'

export interface MailHandlerOptions extends MailSenderOptions {
  readonly encryption: Encryption
}

export interface MailHandler {
  readonly handler: DeliveryHandler
  close(): void
}

const attemptMs = 10_000

/** Sends the mails that wait, each under a Message-ID of its job, for 10 s an attempt; a 5xx is final. */
export function openMailHandler({ encryption, ...options }: MailHandlerOptions): MailHandler {
  const sender = openMailSender(options)
  const { open } = createMailSeal(encryption, () => new Date())
  const handler: DeliveryHandler = {
    queue: 'mail',
    concurrency: 2,
    async run({ id, data }, signal) {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(attemptMs)])
      await sender.send(open(data), id, inTime).catch((error: unknown) => {
        if (!(error instanceof DeliveryError && error.permanent)) throw error
        throw new PermanentFailure(error.message, { cause: error })
      })
    },
  }
  return { handler, close: sender.close }
}
