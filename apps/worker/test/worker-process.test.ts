import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDatabase } from '@repo/database'
import { createEncryption } from '@repo/encryption'
import { createJobSender } from '@repo/jobs'
import { createMailer, readOutbox } from '@repo/mail'
import { startSmtpServer } from '@repo/mail/testing'
import { type AppProcess, findFreePort, startApp } from '@repo/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useWorkerDatabase } from './use-worker-database.ts'

vi.setConfig({ testTimeout: 120_000 })
const patient = { timeout: 60_000 }
const database = useWorkerDatabase()
const started: AppProcess[] = []
const cleanUps: (() => Promise<unknown>)[] = []
let good: Readonly<Record<string, string>>

beforeEach(() => {
  good = {
    NODE_ENV: 'test',
    DATABASE_WORKER_URL: database.urls.workerUrl,
    ENCRYPTION_KEYS: database.encryptionKeys,
    SMTP_URL: 'smtp://127.0.0.1:9',
  }
})
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
  await database.owner.run('DELETE FROM pgboss.job')
})

function start(
  environment: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): AppProcess {
  const worker = startApp('worker', environment, nodeOptions)
  started.push(worker)
  return worker
}

async function openServer(settings: Parameters<typeof startSmtpServer>[0]) {
  const server = await startSmtpServer(settings)
  cleanUps.push(server.close)
  return server
}

/** A server that has begun with each mail, and goes on with it once it is let go. */
async function openHoldingServer() {
  const { promise: hold, resolve: letGo } = Promise.withResolvers<void>()
  let begun = 0
  const server = await openServer({
    onMailFrom(_address, _session, done) {
      begun += 1
      void hold.then(() => done())
    },
  })
  return { server, countBegun: () => begun, letGo }
}

/** Whoever serves sends a mail. */
async function sendMail(to: string): Promise<void> {
  const [id = '', key = ''] = database.encryptionKeys.split(':')
  const encryption = createEncryption([{ id, key: Buffer.from(key, 'base64') }])
  const serving = openDatabase({ url: database.urls.appUrl })
  const mailer = createMailer({
    jobs: createJobSender(serving),
    encryption,
    clock: () => new Date(),
  })
  await mailer.send({ to, subject: 'Your link', text: 'https://app.example.test/#s3cr3t' })
  await serving.close()
}

/** What the process says when it refuses: one line of JSON, exit code 1, and no secret. */
async function refusal(environment: Readonly<Record<string, string>>): Promise<string> {
  const { ended, output } = start(environment)
  expect(await ended, output()).toBe(1)
  const line: { level: string; service: string; msg: string } = JSON.parse(output())
  const event = 'sys_crash:start'
  expect(line).toMatchObject({ level: 'fatal', service: 'rampart-worker', event })
  for (const url of Object.values(environment).filter((value) => URL.canParse(value))) {
    const { password } = new URL(url)
    if (password) expect(output()).not.toContain(password)
  }
  return line.msg
}

/** The security events that it has told of, in their order. */
function eventsOf({ output }: AppProcess): readonly unknown[] {
  const lines = output().trim().split('\n')
  return lines.flatMap((line) => JSON.parse(line).event ?? [])
}

test('it starts with what is good, says so under its name, and ends when it is asked to', async () => {
  const worker = start(good)
  await worker.untilReady()
  expect(worker.output()).toContain('"service":"rampart-worker"')
  const schedules = await database.owner.run('SELECT name FROM pgboss.schedule ORDER BY 1')
  const names = schedules.map(({ name }) => name)
  expect(names).toEqual([
    ...['audit-seal', 'audit-upkeep', 'clean-up', 'encryption-upkeep'],
    ...['key-expiry', 'key-rotation', 'weekly-digest'],
  ])
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
  expect(eventsOf(worker)).toEqual(['sys_startup', 'sys_shutdown:SIGTERM'])
})

const faultAtSignal = (statement: string) => [
  '--import',
  `data:text/javascript,process.on('SIGUSR2', () => { ${statement} })`,
]

test.each([
  ['uncaughtException', "throw new Error('boom')"],
  ['unhandledRejection', "Promise.reject(new Error('boom'))"],
])('%s: what runs is done, the fault is on record, exit code 1', async (reason, statement) => {
  const { server, countBegun, letGo } = await openHoldingServer()
  const SMTP_URL = `smtp://127.0.0.1:${server.port}`
  const worker = start({ ...good, SMTP_URL }, faultAtSignal(statement))
  await worker.untilReady()
  await sendMail('alice@example.com')
  await expect.poll(countBegun, patient).toBe(1)
  worker.child.kill('SIGUSR2')
  await worker.untilPrinted('"msg":"stopping"')
  const crash = `sys_crash:${reason}`
  const events = ['sys_startup', crash, `sys_shutdown:${reason}`]
  expect(eventsOf(worker)).toEqual(events)
  // Another fault meanwhile cuts nothing off.
  worker.child.kill('SIGUSR2')
  await expect.poll(() => eventsOf(worker), patient).toEqual([...events, crash])
  letGo()
  expect(await worker.ended, worker.output()).toBe(1)
  expect(server.mails).toHaveLength(1)
})

test('what is missing is named, all of it at once', async () => {
  const said = await refusal({})
  expect(said).toContain('DATABASE_WORKER_URL is missing')
  expect(said).toContain('ENCRYPTION_KEYS is missing')
  expect(said).toContain('SMTP_URL is missing')
})

test('a superuser, the owner and the role that serves are refused', async () => {
  const as = (url: string) => refusal({ ...good, DATABASE_WORKER_URL: url })
  const { adminUrl, ownerUrl, appUrl } = database.urls
  expect(await as(adminUrl)).toMatch(/DATABASE_WORKER_URL \(postgres\) is a superuser/)
  expect(await as(ownerUrl)).toMatch(/DATABASE_WORKER_URL \(rampart_owner\).* owns tables/)
  expect(await as(appUrl)).toContain('permission denied')
})

test("production refuses the owner's URL, a folder for mails and a guessable key", async () => {
  const said = await refusal({
    ...good,
    NODE_ENV: 'production',
    DATABASE_OWNER_URL: database.urls.ownerUrl,
    SMTP_URL: 'file:///tmp/outbox',
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
  })
  expect(said).toContain('DATABASE_OWNER_URL does not belong here')
  expect(said).toContain('SMTP_URL is a folder')
  expect(said).toContain('ENCRYPTION_KEYS has a key that is a sample')
})

test('a Postgres that cannot be reached is said in one line', async () => {
  const closed = new URL(database.urls.workerUrl)
  closed.port = String(await findFreePort())
  expect(await refusal({ ...good, DATABASE_WORKER_URL: closed.href })).toBe(
    'the worker could not start: The Postgres of DATABASE_WORKER_URL cannot be reached.',
  )
})

test('killed in the middle of a mail, it leaves it to the next: at least once, under one Message-ID', async () => {
  const server = await openServer({ reply: (count) => (count === 1 ? 'never' : undefined) })
  const SMTP_URL = `smtp://127.0.0.1:${server.port}`
  const first = start({ ...good, SMTP_URL })
  await first.untilReady()
  await sendMail('alice@example.com')
  await expect.poll(() => server.offered.length, patient).toBe(1)
  first.child.kill('SIGKILL')
  await first.ended
  expect(server.mails).toEqual([])
  // Its time is over, without the wait.
  await database.owner.run(`UPDATE pgboss.job SET started_on = now() - interval '1 hour'`)
  await start({ ...good, SMTP_URL }).untilReady()
  await expect.poll(() => server.mails.length, patient).toBe(1)
  const ids = server.offered.map(({ headers }) => headers['message-id'])
  expect(new Set(ids).size).toBe(1)
})

test('SIGTERM in the middle of a mail: it is sent, the next one waits, exit code 0', async () => {
  const { server, countBegun, letGo } = await openHoldingServer()
  const SMTP_URL = `smtp://127.0.0.1:${server.port}`
  const worker = start({ ...good, SMTP_URL })
  await worker.untilReady()
  await sendMail('alice@example.com')
  await expect.poll(countBegun, patient).toBe(1)
  worker.child.kill('SIGTERM')
  await expect.poll(worker.output, patient).toContain('"msg":"stopping"')
  await sendMail('bob@example.com')
  letGo()
  expect(await worker.ended, worker.output()).toBe(0)
  expect(server.mails.map(({ to }) => to)).toEqual([['alice@example.com']])
  await start({ ...good, SMTP_URL }).untilReady()
  await expect.poll(() => server.mails.length, patient).toBe(2)
})

test('a second signal ends it at once', async () => {
  const server = await openServer({ reply: () => 'never' })
  const worker = start({ ...good, SMTP_URL: `smtp://127.0.0.1:${server.port}` })
  await worker.untilReady()
  await sendMail('alice@example.com')
  await expect.poll(() => server.offered.length, patient).toBe(1)
  worker.child.kill('SIGTERM')
  await expect.poll(worker.output, patient).toContain('"msg":"stopping"')
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toBe(1)
})

test('in development mails end in a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outbox-'))
  cleanUps.push(() => rm(folder, { recursive: true }))
  await start({ ...good, SMTP_URL: pathToFileURL(folder).href }).untilReady()
  await sendMail('alice@example.com')

  await expect.poll(() => readOutbox(folder), patient).toMatchObject([{ to: 'alice@example.com' }])
})
