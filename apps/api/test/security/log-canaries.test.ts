import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startRedisGateway } from '@repo/embedded-servers'
import { openSql, type Sql } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ProductionProcess,
  secureCookieOf,
  startProduction,
} from '../faults/start-production.ts'
import {
  type CanaryRequest,
  canariesIn,
  canariesOf,
  createCanary,
  createCanaryRequests,
  sendCanary,
} from '../support/canaries.ts'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { postRaw, rawForm } from '../support/files.ts'
import { anyAddress, request } from '../support/request.ts'
import { runWorkers, type Workers } from '../support/run-workers.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi
let world: World
let person: Person
let owner: Sql
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
let mails: Server
let main: ProductionProcess
let workers: Workers
let folder: string

const secrets = { redis: createCanary(), smtp: createCanary(), rejected: createCanary() }
/** Every secret that was sent anywhere, and every request that must have left a line. */
const sent: string[] = [...Object.values(secrets)]
const answered: string[] = []

beforeAll(async () => {
  api = await startApi({ mailsWait: true })
  world = await createWorld(api)
  person = await world.createPerson()
  owner = openSql(api.database.ownerUrl)
  gateway = await startRedisGateway({ token: secrets.redis })
  mails = await refuseMails()
  const address = mails.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const smtp = { SMTP_URL: `smtp://rampart:${secrets.smtp}@127.0.0.1:${port}` }
  const settings = { TRUSTED_PROXIES: '127.0.0.1', ...smtp }
  workers = await runWorkers(api, 1, smtp)
  folder = await mkdtemp(join(tmpdir(), 'rampart-canaries-'))
  const script = join(folder, 'reject.mjs')
  await writeRejection(script, secrets.rejected)
  const nodeOptions = ['--import', pathToFileURL(script).href]
  main = await startProduction(api, { redis: gateway, settings, nodeOptions })
}, 60_000)

afterAll(async () => {
  main?.child.kill('SIGKILL')
  await main?.ended
  await workers?.close()
  mails?.close()
  await rm(folder, { recursive: true, force: true })
  await owner?.close()
  await gateway?.close()
  await world?.close()
  await api?.close()
})

/** A mail server that says no to everything, and quotes what it was sent. */
async function refuseMails(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('220 mail.test\r\n')
    socket.on('data', (data) => {
      for (const line of String(data).trim().split('\r\n')) {
        const isGreeting = /^(EHLO|HELO)/.test(line)
        const isLogIn = line.startsWith('AUTH')
        if (isGreeting) socket.write('250-mail.test\r\n250 AUTH PLAIN\r\n')
        else if (isLogIn) socket.write('235 2.7.0 so be it\r\n')
        else if (line.startsWith('QUIT')) socket.end('221 bye\r\n')
        else socket.write(`550 5.1.1 ${line}: no\r\n`)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** What a library may reject with, and nobody catches: a secret in every part of it but its words. */
async function writeRejection(path: string, secret: string): Promise<void> {
  const script = `process.on('SIGUSR2', () => {
    const fields = { config: { headers: { authorization: 'Bearer ${secret}' } }, detail: '${secret}' }
    const cause = Object.assign(new Error('Bearer ${secret} is no good'), fields)
    Promise.reject(Object.assign(new Error('x', { cause }), fields, { parameters: ['${secret}'] }))
  })`
  await writeFile(path, script)
}

/** What the process, its worker and the API beside it have printed. */
const printed = () => `${main.output()}\n${workers.output()}\n${JSON.stringify(api.log())}`

async function printedWhole(): Promise<string> {
  await expect
    .poll(() => answered.filter((id) => !printed().includes(id)), { timeout: 30_000 })
    .toEqual([])
  return printed()
}

/** Sends each to both, a process of its own and the API beside the test; the places that were answered with it. */
async function send(requests: readonly CanaryRequest[]): Promise<readonly string[]> {
  const told: string[] = []
  for (const one of requests) {
    const canaries = canariesOf(one)
    expect(canaries.length, one.place).toBeGreaterThan(0)
    sent.push(...canaries)
    for (const url of [main.url, api.url]) {
      const answer = await sendCanary(url, one, anyAddress())
      const id = answer.headers['x-request-id']
      expect(id, `${one.place}: ${answer.text}`).toMatch(/^[\da-f-]{36}$/)
      answered.push(id ?? '')
      const isTold = canaries.some((canary) =>
        answer.text.toLowerCase().includes(canary.toLowerCase()),
      )
      if (isTold && !one.isNamed) told.push(`${one.place}: ${answer.text}`)
    }
  }
  return told
}

async function expectNowhere(): Promise<void> {
  const text = (await printedWhole()).toLowerCase()
  const audited = await owner.run('SELECT audit_events::text AS row FROM audit_events')
  const kept = audited
    .map(({ row }) => String(row))
    .join('\n')
    .toLowerCase()
  expect(kept.length).toBeGreaterThan(1_000)
  const found = (hay: string) => sent.filter((canary) => hay.includes(canary.toLowerCase()))
  expect(found(text).map((canary) => contextOf(text, canary))).toEqual([])
  expect(found(kept).map((canary) => contextOf(kept, canary))).toEqual([])
}

function contextOf(text: string, canary: string): string {
  const at = text.indexOf(canary.toLowerCase())
  return text.slice(Math.max(0, at - 200), at + 60)
}

describe('a secret in a request', () => {
  it('is given back in no answer but that it names: a field, an origin', async () => {
    expect(await send(createCanaryRequests())).toEqual([])
  }, 120_000)

  it('is given back by no answer to a form of files', async () => {
    const parts = [
      [`Content-Disposition: form-data; name="file"; filename="#.png"`, Buffer.from('MZ #')],
      [`Content-Disposition: form-data; name="file"; filename="../#"`, Buffer.from('MZ #')],
      [
        `Content-Disposition: form-data; name="file"; filename="a.png"\r\nX-#: #`,
        Buffer.from('%PDF-#'),
      ],
      [`Content-Disposition: form-data; filename="#"`, Buffer.from('#')],
      [`Content-Type: text/#`, Buffer.from('#')],
    ] as const
    for (const [head, content] of parts) {
      const canary = createCanary()
      sent.push(canary)
      const put = (text: string) => text.replaceAll('#', canary)
      const form = rawForm([[put(head), Buffer.from(put(String(content)))]])
      const answer = await postRaw(api, form, person)
      expect(answer.status, answer.text).toBeGreaterThanOrEqual(400)
      expect(answer.text).not.toContain(canary)
      answered.push(answer.headers.get('x-request-id') ?? '')
    }
  })

  it('is in no line of the output and no row of the audit log', async () => {
    await expectNowhere()
  })

  it('would be found there', async () => {
    const canary = createCanary()
    api.services.logger.info({ kept: canary }, 'probe')
    expect(canariesIn(printed())).toContain(canary)
  })
})

describe('a secret in an error', () => {
  const cookie = () => secureCookieOf(person)

  it('of Postgres stays inside', async () => {
    const canary = createCanary()
    sent.push(canary)
    await owner.run('ALTER TABLE orders RENAME COLUMN note TO was_note')
    const body = { currency: 'EUR', totalCents: 5, note: canary }
    const asked = { method: 'POST', cookie: cookie(), body }
    const answer = await request(`${main.url}/api/users/${person.id}/orders`, asked)
    await owner.run('ALTER TABLE orders RENAME COLUMN was_note TO note')
    expect(answer.status, answer.text).toBe(500)
    expect(answer.text).not.toContain(canary)
    answered.push(answer.headers.get('x-request-id') ?? '')
    await expect.poll(printed).toMatch(/"msg":"call failed"/)
    const good = await request(`${main.url}/api/users/${person.id}/orders`, asked)
    expect(good.status, good.text).toBe(201)
    await expectNowhere()
  })

  it('of a mail server stays inside, the recipient as well', async () => {
    const canary = createCanary()
    sent.push(canary)
    const body = { email: `${canary}@sample.test`, password: createCanary(), name: canary }
    sent.push(body.password)
    const answer = await request(`${main.url}/api/auth/register`, { method: 'POST', body })
    expect(answer.status, answer.text).toBe(202)
    answered.push(answer.headers.get('x-request-id') ?? '')
    await expect.poll(printed, { timeout: 20_000 }).toMatch(/"queue":"mail".*"msg":"a job failed"/)
    await expectNowhere()
  })

  it('of Redis stays inside', async () => {
    await gateway.close()
    const answer = await request(`${main.url}/api/orders/2147483647`, { cookie: cookie() })
    expect(answer.status).toBe(404)
    answered.push(answer.headers.get('x-request-id') ?? '')
    await expect.poll(printed, { timeout: 20_000 }).toMatch(/"msg":"rate limits fall back/)
    await expectNowhere()
  })

  it('that nobody catches stays inside, and each line of the process is one event', async () => {
    main.child.kill('SIGUSR2')
    expect(await main.ended).toBe(1)
    expect(main.output()).toMatch(/"event":"sys_crash:unhandledRejection"/)
    await expectNowhere()
    const lines = main.output().trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(100)
    for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow()
  }, 60_000)
})
