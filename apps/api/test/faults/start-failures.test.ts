import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type AppProcess, createTestCertificate, findFreePort, startApp } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/start-api.ts'
import { makeCertificateFiles } from '../support/start-secure-api.ts'
import { askOver, connectTls } from '../support/tls-client.ts'

let api: TestApi
let good: Readonly<Record<string, string>>
const started: AppProcess[] = []

beforeAll(async () => {
  api = await startApi()
  good = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: String(await findFreePort()),
    DATABASE_URL: api.database.appUrl,
    UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:9',
    UPSTASH_REDIS_REST_TOKEN: 'embedded-canary-of-a-token',
    ENCRYPTION_KEYS: api.encryptionKeys,
    SMTP_URL: pathToFileURL(api.outbox).href,
  }
})

afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL')
    await ended
  }
  await api?.close()
})

function start(environment: Readonly<Record<string, string>>): AppProcess {
  const main = startApp('api', environment)
  started.push(main)
  return main
}

/** What the process says when it refuses: one line of JSON, exit code 1. */
async function refusal(environment: Readonly<Record<string, string>>): Promise<string> {
  const { ended, output } = start(environment)
  expect(await ended, output()).toBe(1)
  const line: { level: string; msg: string } = JSON.parse(output())
  expect(line.level).toBe('fatal')
  // No password and no token, of whatever was given.
  for (const secret of secretsIn(environment)) expect(output()).not.toContain(secret)
  return line.msg
}

function secretsIn(environment: Readonly<Record<string, string>>): string[] {
  const passwords = Object.values(environment)
    .filter((value) => URL.canParse(value))
    .map((value) => new URL(value).password)
  const { UPSTASH_REDIS_REST_TOKEN: token = '', ENCRYPTION_KEYS: keys = '' } = environment
  return [...passwords, token, keys.split(':')[1] ?? ''].filter(Boolean)
}

test('it starts with what is good, so that each refusal has its one reason', async () => {
  const main = start(good)
  await main.untilReady()
  main.child.kill('SIGTERM')
  expect(await main.ended).toBe(0)
})

test('missing variables are named, all of them at once', async () => {
  const said = await refusal({})
  expect(said).toContain('DATABASE_URL is missing')
  expect(said).toContain('REDIS_URL, or UPSTASH_REDIS_REST_URL')
  expect(said).toContain('ENCRYPTION_KEYS is missing')
  expect(said).toContain('SMTP_URL is missing')
})

test('wrong values are named, and not shown', async () => {
  const wrong = {
    ...good,
    PORT: 'canary-port',
    LOG_LEVEL: 'canary-level',
    DATABASE_URL: 'canary-url',
    ENCRYPTION_KEYS: 'canary:canary-key',
    SMTP_URL: 'canary-url',
  }
  const said = await refusal(wrong)
  for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'ENCRYPTION_KEYS', 'SMTP_URL'])
    expect(said).toContain(`${name} must be`)
  expect(started.at(-1)?.output()).not.toContain('canary')
})

test('a superuser and the owner of the tables are refused as serving role', async () => {
  const superuser = await refusal({ ...good, DATABASE_URL: api.database.adminUrl })
  expect(superuser).toMatch(/DATABASE_URL \(postgres\) is a superuser/)
  const owner = await refusal({ ...good, DATABASE_URL: api.database.ownerUrl })
  expect(owner).toMatch(/DATABASE_URL \(rampart_owner\).* owns tables/)
})

test("production refuses the owner's URL, the embedded Redis, a folder for mails and a guessable key", async () => {
  const production = { ...good, NODE_ENV: 'production', BASE_URL: 'https://api.acme.test' }
  const said = await refusal({
    ...production,
    DATABASE_OWNER_URL: api.database.ownerUrl,
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
  })
  expect(said).toContain('DATABASE_OWNER_URL does not belong here')
  expect(said).toContain('UPSTASH_REDIS_REST_TOKEN is of the embedded Redis')
  expect(said).toContain('SMTP_URL is a folder')
  expect(said).toContain('MAIL_FROM is missing')
  expect(said).toContain('TLS_CERT_FILE with TLS_KEY_FILE, or TRUSTED_PROXIES, is missing')
  expect(said).toContain('ENCRYPTION_KEYS has a key that is a sample')
})

test('a Postgres that cannot be reached is said in one line', async () => {
  const closed = new URL(api.database.appUrl)
  closed.port = String(await findFreePort())
  expect(await refusal({ ...good, DATABASE_URL: closed.href })).toBe(
    'the API could not start: The Postgres of DATABASE_URL cannot be reached.',
  )
})

test('a Postgres that does not know the password is said too', async () => {
  const strange = new URL(api.database.appUrl)
  strange.password = 'canary-of-a-password'
  expect(await refusal({ ...good, DATABASE_URL: strange.href })).toBe(
    'the API could not start: The Postgres of DATABASE_URL refused the serving role.',
  )
})

test('an encryption key that is not the one of this database is said', async () => {
  const ENCRYPTION_KEYS = `test:${randomBytes(32).toString('base64')}`
  expect(await refusal({ ...good, ENCRYPTION_KEYS })).toMatch(
    /ENCRYPTION_KEYS cannot open the (signing|cookie) keys of this database/,
  )
})

test('a port that is taken is said, and the process ends', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  expect(await refusal({ ...good, PORT: String(port) })).toContain('EADDRINUSE')
  server.close()
})

test('HTTPS in process starts with a fit pair; a wrong key and a taken HTTP_PORT are told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rampart-start-'))
  const files = makeCertificateFiles(folder)
  const [pair, other] = [await createTestCertificate(), await createTestCertificate()]
  await files.write(pair)
  const secure = {
    ...good,
    BASE_URL: `https://localhost:${good['PORT']}`,
    TLS_CERT_FILE: files.certFile,
    TLS_KEY_FILE: files.keyFile,
  }
  const main = start(secure)
  await main.untilReady()
  const socket = await connectTls(Number(good['PORT']), { ca: pair.cert })
  expect(await askOver(socket, 'GET /healthz')).toMatch(/^HTTP\/1\.1 200 /)
  socket.destroy()
  main.child.kill('SIGTERM')
  expect(await main.ended).toBe(0)
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' ? address?.port : undefined
  expect(await refusal({ ...secure, HTTP_PORT: String(port) })).toContain('EADDRINUSE')
  taken.close()
  await files.write({ cert: pair.cert, key: other.key })
  expect(await refusal(secure)).toContain('TLS_KEY_FILE is not the key of the certificate')
  await rm(folder, { recursive: true })
}, 90_000)
