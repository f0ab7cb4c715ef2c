import { fileURLToPath } from 'node:url'
import { openDatabase } from '@repo/database'
import { createEncryption } from '@repo/encryption'
import { createJobSender } from '@repo/jobs'
import { createMailer } from '@repo/mail'
import { type SmtpServerSettings, startSmtpServer } from '@repo/mail/testing'
import { startNode } from '@repo/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { startWorker } from './start-worker.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

vi.setConfig({ testTimeout: 120_000 })
const patient = { timeout: 60_000 }
const database = useWorkerDatabase()
const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function openServer(settings?: SmtpServerSettings) {
  const server = await startSmtpServer(settings)
  cleanUps.push(server.close)
  return server
}

async function work({ port }: { readonly port: number }) {
  const worker = await startWorker(database, { SMTP_URL: `smtp://127.0.0.1:${port}` })
  cleanUps.push(worker.close)
  return worker
}

async function sendMail(): Promise<void> {
  const [id = '', key = ''] = database.encryptionKeys.split(':')
  const encryption = createEncryption([{ id, key: Buffer.from(key, 'base64') }])
  const serving = openDatabase({ url: database.urls.appUrl })
  const jobs = createJobSender(serving)
  const mailer = createMailer({ jobs, encryption, clock: () => new Date() })
  await mailer.send({ to: 'alice@example.com', subject: 'Your link', text: '#s3cr3t' })
  await serving.close()
}

const script = fileURLToPath(new URL('../src/requeue.ts', import.meta.url))

/** `pnpm jobs:requeue`; its exit code, and the line that it says. */
async function requeue(...words: readonly string[]) {
  const { ended, output } = startNode([script, ...words], {
    NODE_ENV: 'test',
    DATABASE_WORKER_URL: database.urls.workerUrl,
    ENCRYPTION_KEYS: database.encryptionKeys,
    SMTP_URL: 'smtp://127.0.0.1:9',
  })
  return { code: await ended, ...JSON.parse(output()) }
}

test('a mail that was given up is delivered once it is asked for: once, under its Message-ID', async () => {
  const refusing = await openServer({ reply: () => 550 })
  const first = await work(refusing)
  await sendMail()
  const givenUp = () => first.lines.filter(({ msg }) => msg === 'a job was given up')
  await expect.poll(givenUp, patient).toHaveLength(1)
  await first.close()
  cleanUps.pop()
  const taking = await openServer()
  await work(taking)
  expect(await requeue('alert-slack')).toMatchObject({ code: 0, requeued: 0 })
  const moved = await Promise.all([requeue('mail'), requeue()])
  expect(moved.map(({ code }) => code)).toEqual([0, 0])
  expect(moved.map(({ requeued }) => requeued).toSorted()).toEqual([0, 1])
  await expect.poll(() => taking.mails, patient).toHaveLength(1)
  const idsOf = (mails: typeof taking.mails) => mails.map(({ headers }) => headers['message-id'])
  expect(idsOf(taking.mails)).toEqual(idsOf(refusing.offered))
  expect(await requeue()).toMatchObject({ code: 0, requeued: 0 })
  expect(taking.mails).toHaveLength(1)
})

test('a queue that there is not is refused, with those that there are', async () => {
  expect(await requeue('mails')).toMatchObject({
    code: 1,
    level: 'fatal',
    msg: expect.stringMatching(/no such queue.*mail, alert/),
  })
})
