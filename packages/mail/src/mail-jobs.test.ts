import { randomBytes } from 'node:crypto'
import { openDatabase } from '@repo/database'
import { createEncryption } from '@repo/encryption'
import { createJobSender, type JobRunner, startJobRunner } from '@repo/jobs'
import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createBench, mailTo } from '../test/test-bench.ts'
import { openMailHandler } from './mail-handler.ts'
import { createMailer, type Mailer } from './mailer.ts'

vi.setConfig({ testTimeout: 90_000 })
const patient = { timeout: 60_000 }
const alice = 'alice@example.com'
const encryption = createEncryption([{ id: 'k1', key: randomBytes(32) }])
const bench = createBench()
const runners: JobRunner[] = []
let urls: TestDatabase
let owner: Sql
let database: ReturnType<typeof openDatabase>
let mailer: Mailer

beforeAll(async () => {
  urls = await createTestDatabase()
  owner = openSql(urls.ownerUrl)
  database = openDatabase({ url: urls.appUrl })
  const jobs = createJobSender(database)
  mailer = createMailer({ jobs, encryption, clock: () => new Date('2030-01-02T03:04:05Z') })
})
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop(5)
  await bench.close()
  await owner.run('DELETE FROM pgboss.job')
})
afterAll(async () => {
  await Promise.all([owner?.close(), database?.close()])
  await urls?.drop()
})

async function startWorker(port: number) {
  const lines: Record<string, unknown>[] = []
  const write = (fields: object, message: string) => lines.push({ ...fields, message })
  const mail = openMailHandler({
    url: `smtp://127.0.0.1:${port}`,
    from: 'Rampart <no-reply@example.test>',
    encryption,
  })
  bench.cleanUps.push(async () => mail.close())
  const runner = await startJobRunner({
    url: urls.workerUrl,
    handlers: [mail.handler],
    log: { info: write, warn: write, error: write },
    superviseSeconds: 1,
  })
  runners.push(runner)
  return { lines }
}

const deadLetters = () => owner.run("SELECT id FROM pgboss.job WHERE name = 'dead-letter'")

test('a mail that was taken before there was a worker is sent by the first one, as it was', async () => {
  const server = await bench.server()
  await mailer.send(mailTo(alice))
  await startWorker(server.port)
  await expect
    .poll(() => server.mails, patient)
    .toMatchObject([
      { to: [alice], headers: { date: 'Wed, 02 Jan 2030 03:04:05 +0000', subject: 'Your link' } },
    ])
  const [job] = await owner.run('SELECT id FROM pgboss.job')
  expect(server.mails[0]?.headers['message-id']).toBe(`<${job?.['id']}@example.test>`)
})

test('a dump of the jobs shows nothing of a mail, nor does what is left of one that failed', async () => {
  const server = await bench.server({ reply: () => 550 })
  await mailer.send(mailTo(alice))
  const dump = async () => JSON.stringify(await owner.run('SELECT * FROM pgboss.job'))
  const before = await dump()
  const { lines } = await startWorker(server.port)
  await expect.poll(deadLetters, patient).toHaveLength(1)
  for (const text of [before, await dump(), JSON.stringify(lines)]) {
    expect(text).not.toMatch(/s3cr3t|alice|Your link/)
  }
  expect(before).toContain('sealed')
  expect(server.offered[0]?.text).toContain('s3cr3t')
})

test('a receiver that is down at first gets the mail once it is up, once, under one Message-ID', async () => {
  const { port, close } = await bench.server()
  await close()
  await mailer.send(mailTo(alice))
  const { lines } = await startWorker(port)
  await expect.poll(() => lines, patient).toMatchObject([{ attempt: 1, willRetry: true }])
  const server = await bench.server({ port, reply: (count) => (count === 1 ? 451 : undefined) })
  await expect.poll(() => server.mails, patient).toHaveLength(1)
  expect(new Set(server.offered.map(({ raw }) => raw)).size).toBe(1)
})

test('a permanent refusal is not tried again: a dead letter, told and kept', async () => {
  const server = await bench.server({ reply: () => 550 })
  await mailer.send(mailTo(alice))
  const { lines } = await startWorker(server.port)
  const told = () => lines.filter(({ message }) => message === 'a job was given up')
  await expect.poll(told, patient).toMatchObject([{ queue: 'mail', attempts: 1 }])
  expect(server.offered).toHaveLength(1)
  expect(await deadLetters()).toHaveLength(1)
})

test('what another key sealed, or nobody, is given up in the end and never sent', async () => {
  const server = await bench.server()
  const { lines } = await startWorker(server.port)
  await owner.run(`SELECT jobs.add('mail', '{"sealed": "x"}'), jobs.add('mail', '{}')`)
  await expect.poll(() => lines.length, patient).toBeGreaterThanOrEqual(2)
  expect(server.offered).toEqual([])
})
