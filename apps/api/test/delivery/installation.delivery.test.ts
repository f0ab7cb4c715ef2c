import { setTimeout as sleep } from 'node:timers/promises'
import { setDefaultCACertificates } from 'node:tls'
import { limits } from '@repo/rate-limit'
import { generateTotpCode } from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { repeat } from '../support/limits.ts'
import { type Answer, request } from '../support/request.ts'
import { print } from '../timing/print-table.ts'
import { type Installation, openInstallation } from './open-installation.ts'

let installation: Installation
const password = 'correct horse battery staple'

beforeAll(async () => {
  installation = await openInstallation()
  await installation.compose('up', '--detach', '--no-build').catch(async (error: unknown) => {
    throw new Error(await installation.compose('logs', '--tail', '15'), { cause: error })
  })
  // Of no authority but the proxy's own.
  const [proxy = ''] = await installation.containers('proxy')
  const root = '/data/caddy/pki/authorities/local/root.crt'
  const certificate = await vi.waitFor(
    () => installation.docker('exec', proxy, 'cat', root),
    30_000,
  )
  setDefaultCACertificates([certificate])
}, 300_000)

afterAll(async () => installation?.close(), 120_000)

/** Asks again where a busy machine says so: whoever is refused as overloaded was served and counted nowhere. */
async function patiently(task: () => Promise<Answer>): Promise<Answer> {
  for (let left = 20; ; left -= 1) {
    const answer = await task()
    if (answer.body?.['code'] !== 'overloaded' || left === 0) return answer
    await sleep(1_000 * Number(answer.headers.get('retry-after') ?? 1))
  }
}

const ask = (path: string, asked: Parameters<typeof request>[1] = {}) =>
  patiently(() => request(`${installation.url}${path}`, asked))

function visit(): Visitor {
  const visitor = createVisitor(installation)
  const { ask: askOnce } = visitor
  visitor.ask = (...asked) => patiently(() => askOnce(...asked))
  return visitor
}

const apis = async () =>
  (await Promise.all(['api-1', 'api-2'].map((name) => installation.containers(name)))).flat()

/** The containers of the API that answered, by the ids of requests in their logs. */
async function serversOf(answers: readonly Answer[]): Promise<readonly string[]> {
  const names = await apis()
  const logs = await Promise.all(names.map((name) => installation.docker('logs', name)))
  const ids = answers.map(({ headers }) => headers.get('x-request-id') ?? 'none')
  return names.filter((_, index) => ids.some((id) => logs[index]?.includes(id)))
}

/** Somebody who registered by the mailed link and logged in. */
async function register(): Promise<{ readonly visitor: Visitor; readonly orders: `/${string}` }> {
  const email = `${crypto.randomUUID()}@flow.test`
  const visitor = visit()
  const asked = await visitor.ask('POST /auth/register', { email, password, name: 'Nora' })
  expect(asked.status, asked.text).toBe(202)
  const token = await vi.waitFor(
    async () => {
      const [mail = ''] = await installation.mailsTo(email)
      const [, found] = /#([\w-]{49})/.exec(mail.replaceAll('=\r\n', '')) ?? []
      if (!found) throw new Error('No link yet.')
      return found
    },
    { timeout: 30_000, interval: 500 },
  )
  expect((await visitor.ask('POST /auth/email/verify', { token })).status).toBe(204)
  const logIn = await visitor.ask('POST /auth/login', { email, password })
  expect(logIn.status, logIn.text).toBe(200)
  const user: unknown = logIn.body?.['user']
  const id = typeof user === 'object' && user !== null ? Reflect.get(user, 'id') : undefined
  return { visitor, orders: `/users/${String(id)}/orders` }
}

const served = ['read: 200', 'write: 201']

/** A status, and of a problem its code and who says so: the proxy gives requests no id. */
function sayOf(answer: Answer | Error): string {
  if (answer instanceof Error) return answer.message
  const { status, body } = answer
  const who = body?.['requestId'] === undefined ? 'proxy' : 'API'
  return status < 300 ? String(status) : `${status} ${String(body?.['code'])} by the ${who}`
}

/** What a few clients got who asked one thing after the other, reads and writes, until `task` was done and a bit longer. */
async function underLoad(
  { visitor, orders }: Awaited<ReturnType<typeof register>>,
  task: () => Promise<unknown>,
) {
  const statuses = new Map<string, number>()
  const late: Answer[] = []
  let longestMs = 0
  let isWanted = true
  let isDone = false
  async function work(isWriter: boolean): Promise<void> {
    while (isWanted) {
      const route = `${isWriter ? 'POST' : 'GET'} ${orders}` as const
      const body = isWriter ? { currency: 'EUR', totalCents: 1 } : undefined
      const start = performance.now()
      const answer = await visitor.ask(route, body).catch((error: Error) => error)
      longestMs = Math.max(longestMs, performance.now() - start)
      const got = `${isWriter ? 'write' : 'read'}: ${sayOf(answer)}`
      statuses.set(got, (statuses.get(got) ?? 0) + 1)
      if (isDone && !(answer instanceof Error)) late.push(answer)
      // Some 12 requests a second, of which one a second writes: below every limit.
      await sleep(isWriter ? 1_000 : 350)
    }
  }
  const clients = Array.from({ length: 5 }, (_, index) => work(index === 0))
  await sleep(3_000)
  await task()
  isDone = true
  await sleep(3_000)
  isWanted = false
  await Promise.all(clients)
  return { statuses: Object.fromEntries(statuses), late, longestMs: Math.round(longestMs) }
}

const running = async () => {
  const states = await Promise.all(
    (await apis()).map((name) =>
      installation.docker('inspect', '--format', '{{.State.Running}}', name),
    ),
  )
  return states.filter((state) => state.trim() === 'true').length
}

/** Both containers of the API, of which one may have been stopped. */
async function startBoth(): Promise<string> {
  const names = await apis()
  await Promise.all(names.map((name) => installation.docker('start', name)))
  const [first = ''] = names
  await untilServing(first)
  return first
}

/** Until both run, and the proxy asks that one too. */
async function untilServing(name: string): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await running()).toBe(2)
      await installation.introduce(name)
      expect(await serversOf(await repeat(20, () => ask('/healthz')))).toContain(name)
    },
    { timeout: 60_000, interval: 1_000 },
  )
}

test('the proxy speaks HTTPS for all, sends plain HTTP there, and says nothing of itself', async () => {
  const answer = await ask('/readyz')
  expect([answer.status, answer.body?.['status']]).toEqual([200, 'ok'])
  expect([answer.headers.get('server'), answer.headers.get('strict-transport-security')]).toEqual([
    null,
    expect.stringMatching(/^max-age=/),
  ])
  const plain = await request(`http://localhost:${installation.ports.http}/readyz`)
  expect([plain.status, plain.headers.get('location')]).toEqual([308, `${installation.url}/readyz`])
  // What was taken from the packages is missed by nobody.
  const pages = await Promise.all(
    ['/openapi.json', '/docs', '/account/reset-password'].map((path) => ask(path)),
  )
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200])
  const large = await ask('/api/auth/login', { method: 'POST', body: 'x'.repeat(9 * 1024 * 1024) })
  expect([large.status, large.body?.['code']]).toEqual([413, 'payload_too_large'])
})

test('no container has a secret in its environment, and only the proxy has a port for the outside', async () => {
  const values = await Promise.all(
    [
      'postgres/password',
      'both/ENCRYPTION_KEYS',
      'api/DATABASE_URL',
      'api/REDIS_URL',
      'worker/DATABASE_WORKER_URL',
    ].map(async (path) => (await installation.secret(path)).trim()),
  )
  for (const service of ['proxy', 'api-1', 'api-2', 'worker', 'migrate']) {
    for (const name of await installation.containers(service)) {
      const format = '{{json .Config.Env}} {{json .Config.Cmd}} {{json .HostConfig.ReadonlyRootfs}}'
      const said = await installation.docker('inspect', '--format', format, name)
      expect(said).toContain('PATH=')
      expect(said.trim().endsWith('true')).toBe(true)
      expect(values.filter((value) => said.includes(value))).toEqual([])
    }
  }
  const [proxy = '', ...others] = await Promise.all(
    ['proxy', 'api-1', 'worker', 'postgres', 'redis'].map(async (service) => {
      const [name = ''] = await installation.containers(service)
      return installation.docker('port', name)
    }),
  )
  expect(proxy).toContain(String(installation.ports.https))
  expect(others.map((text) => text.trim())).toEqual(['', '', '', ''])
})

test('who needs a server reaches it, and nobody else does', async () => {
  const [api = '', worker = ''] = (
    await Promise.all(['api-1', 'worker'].map((service) => installation.containers(service)))
  ).map(([name]) => name)
  const servers = { postgres: 5432, redis: 6379, 'api-2': 3000, mail: 1025 }
  const reaches = async (name: string) => {
    const script = `
      const { connect } = require('node:net')
      for (const [host, port] of Object.entries(${JSON.stringify(servers)})) {
        const socket = connect({ host, port, timeout: 2000 })
        const end = (said) => { console.log(host, said); socket.destroy() }
        socket.on('connect', () => end('yes')).on('timeout', () => end('no')).on('error', () => end('no'))
      }`
    const said = await installation.docker('exec', name, 'node', '--eval', script)
    return Object.fromEntries(
      said
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    )
  }
  expect(await reaches(api)).toEqual({ postgres: 'yes', redis: 'yes', 'api-2': 'yes', mail: 'no' })
  expect(await reaches(worker)).toMatchObject({ postgres: 'yes', redis: 'no', mail: 'yes' })
})

test('two containers share sessions', async () => {
  expect(await running()).toBe(2)
  const { visitor } = await register()
  const answers = await repeat(40, () => visitor.ask('GET /auth/session'))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await serversOf(answers)).toHaveLength(2)
  await visitor.ask('POST /auth/logout')
  const after = await repeat(20, () => ask('/api/auth/session', { cookie: visitor.cookie }))
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]))
})

test('two containers share limits: a burst gets what one person may, to the last', async () => {
  const { visitor, orders } = await register()
  const order = { currency: 'EUR', totalCents: 1 }
  const answers = await repeat(
    limits.write.limit + 40,
    () => visitor.ask(`POST ${orders}`, order),
    20,
  )
  const made = answers.filter(({ status }) => status === 201)
  expect(made).toHaveLength(limits.write.limit)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(40)
  expect(await serversOf(made)).toHaveLength(2)
})

test('a container that is stopped under load loses no request', async () => {
  const first = await startBoth()
  const person = await register()
  const { statuses, late } = await underLoad(person, () =>
    installation.docker('stop', '-t', '28', first),
  )
  print(`One of two stopped under load: ${JSON.stringify(statuses)}`)
  expect(Object.keys(statuses).toSorted()).toEqual(served)
  expect(await serversOf(late)).not.toContain(first)
  expect(await installation.docker('inspect', '--format', '{{.State.ExitCode}}', first)).toMatch(
    /^0/,
  )
  await startBoth()
})

test('a container that is killed under load costs a few requests until it is back, which it is by itself', async () => {
  const first = await startBoth()
  const person = await register()
  const kill =
    "for (const id of require('node:fs').readdirSync('/proc')) if (/^\\d+$/.test(id) && id !== '1' && id !== String(process.pid)) try { process.kill(Number(id), 'SIGKILL') } catch {}"
  const { statuses, longestMs } = await underLoad(person, async () => {
    // The exec itself may die with what it kills.
    await installation.docker('exec', first, 'node', '--eval', kill).catch(() => {})
    await sleep(5_000)
  })
  print(`One of two killed under load: ${JSON.stringify(statuses)}, ${longestMs} ms at most`)
  const { 'read: 200': read = 0, 'write: 201': written = 0, ...errors } = statuses
  // What was to be read is asked again by the proxy while there is time, what was to be written is not; who starts is busy.
  expect(Object.values(errors).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(8)
  expect(
    Object.keys(errors).filter(
      (got) => !/: 50[23] (unavailable|overloaded) by the (API|proxy)$/.test(got),
    ),
  ).toEqual([])
  expect(read + written).toBeGreaterThan(10)
  // Some seconds of tries: nobody waits for who is dead.
  expect(longestMs).toBeLessThan(20_000)
  await untilServing(first)
  const after = await repeat(20, () => person.visitor.ask('GET /auth/session'))
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set([200]))
})

test('passwords of the database are rotated under load, and no request is lost', async () => {
  const person = await register()
  const before = await installation.secret('api/DATABASE_URL')
  let said = ''
  const { statuses } = await underLoad(person, async () => {
    said = await installation.compose('run', '--rm', '-T', 'rotate', 'database')
  })
  expect(said).toContain('DATABASE_URL: a new password')
  expect(said).toContain('DATABASE_WORKER_URL: a new password')
  expect(await installation.secret('api/DATABASE_URL')).not.toBe(before)
  print(`Passwords rotated under load: ${JSON.stringify(statuses)}`)
  expect(Object.keys(statuses).toSorted()).toEqual(served)
})

test('the first administrator comes by a link, and both containers know whom they block and let in again', async () => {
  const email = 'root@flow.test'
  const said = await installation.compose('run', '--rm', '-T', 'admin', email)
  const [, token] = /#([\w-]{49})/.exec(said) ?? []
  const root = visit()
  const reset = await root.ask('POST /auth/password/reset', { token, password })
  expect(reset.status, `${said}: ${reset.text}`).toBe(204)
  expect((await root.ask('POST /auth/login', { email, password })).status).toBe(200)
  const { body } = await root.ask('POST /auth/mfa/totp/enroll')
  const code = generateTotpCode(String(body?.['secret']), new Date())
  expect((await root.ask('POST /auth/mfa/totp/confirm', { code })).status).toBe(200)

  // What they say of their address counts for nothing: it is the proxy's to say.
  const guess = () =>
    ask('/api/auth/login', { method: 'POST', body: { email: 'nobody@flow.test', password: 'x' } })
  const guesses = await repeat(12, guess, 1)
  expect(guesses.map(({ status }) => status).slice(0, 9)).toEqual(Array(9).fill(401))
  // Whoever was asked last looks again within a second.
  const untilAll = (status: number) =>
    vi.waitFor(async () => {
      const answers = await repeat(20, () => ask('/api/auth/session'))
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]))
      expect(await serversOf(answers)).toHaveLength(2)
    }, 10_000)
  await untilAll(429)
  // Who is signed in goes on.
  const listed = await root.ask('GET /admin/blocked-addresses')
  const [, address] = /"address":"([^"]+)"/.exec(listed.text) ?? []
  const path = `/admin/blocked-addresses/${encodeURIComponent(String(address))}` as const
  expect((await root.ask(`DELETE ${path}`)).status).toBe(204)
  await untilAll(401)
})
