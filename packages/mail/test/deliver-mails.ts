import { pathToFileURL } from 'node:url'
import { startJobRunner } from '@repo/jobs'
import { openMailHandler } from '../src/index.ts'

/** A worker for the mails of a test's database, in its process: they end in a folder, within milliseconds. */
export async function deliverMails(options: {
  readonly workerUrl: string
  readonly outbox: string
  readonly encryption: Parameters<typeof openMailHandler>[0]['encryption']
  readonly onFailed: (error: unknown) => void
  readonly from?: string
}): Promise<{ close(): Promise<void> }> {
  const { workerUrl, outbox, encryption, onFailed, from = 'Rampart <no-reply@localhost>' } = options
  const mail = openMailHandler({ url: pathToFileURL(outbox).href, from, encryption })
  // That a test's database is stopped is not the mail's fault.
  const fail = (fields: object) =>
    'jobId' in fields && onFailed('err' in fields ? fields.err : fields)
  const log = { info() {}, warn: fail, error: fail }
  const runner = await startJobRunner({ url: workerUrl, handlers: [mail.handler], log })
  return {
    async close() {
      await runner.stop(5)
      mail.close()
    },
  }
}
