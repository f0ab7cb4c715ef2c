import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startSecretsManager, type TestSecretsManager } from '@repo/config/testing'
import { createEncryption } from '@repo/encryption'
import {
  type AppProcess,
  createTestRedis,
  findFreePort,
  openSql,
  startApp,
  startNode,
  type TestRedis,
} from '@repo/testing'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createVisitor } from '../support/create-visitor.ts'
import { type Person, password } from '../support/create-world.ts'
import { createFirstPartyClient, issueToken } from '../support/issue-token.ts'
import { manageClients } from '../support/manage-clients.ts'
import { createQuestions, type Question } from '../support/questions.ts'
import { request } from '../support/request.ts'
import { environmentOver } from '../support/run-both.ts'
import { type BreakableApi, startBreakableApi } from './start-breakable-api.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let breakable: BreakableApi
let redis: TestRedis
let manager: TestSecretsManager
let serving: AppProcess
let url: string
let people: Readonly<Record<'owner' | 'alice' | 'bob', Person>>
let questions: Question[] = []

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`

beforeAll(async () => {
  ;[breakable, redis, manager] = await Promise.all([
    startBreakableApi(),
    createTestRedis(),
    startSecretsManager(),
  ])
  const { api, world, postgres } = breakable
  people = {
    owner: await world.createPerson({ role: 'owner' }),
    alice: await world.createPerson(),
    bob: await world.createPerson(),
  }
  questions = [...(await createQuestions(world))]
  manager.put('rampart/database', JSON.stringify({ url: postgres.appUrl }))
  manager.put('rampart/keys', api.encryptionKeys)
  const port = await findFreePort()
  url = `http://127.0.0.1:${port}`
  const { DATABASE_URL: _, ENCRYPTION_KEYS: __, ...environment } = environmentOver(api, redis, port)
  serving = startApp('api', {
    ...environment,
    ...manager.environment,
    DATABASE_PLATFORM_URL: postgres.platformUrl,
    DATABASE_URL_SECRET_ID: 'rampart/database#url',
    ENCRYPTION_KEYS_SECRET_ID: 'rampart/keys',
    SECRETS_REFRESH_SECONDS: '1',
  })
  await serving.untilReady()
})
afterAll(async () => {
  serving?.child.kill('SIGTERM')
  await serving?.ended
  await breakable?.close()
  await Promise.all([redis?.close(), manager?.close()])
  expect(manager.problems).toEqual([])
})

interface Load {
  /** From now on many ask at once, and need connections that are not there yet. */
  readonly crowd: () => void
  /** Resolves when so many more were answered, however they were. */
  readonly untilAnswered: (more: number) => Promise<void>
}

/** What came of asking without a pause while the task is done. */
async function underLoad(task: (load: Load) => Promise<void>) {
  const statuses = new Map<number, number>()
  const countAnswers = () => [...statuses.values()].reduce((sum, count) => sum + count, 0)
  const ending = new AbortController()
  let next = 0
  const ask = async () => {
    const { path = '', ...asked } = questions[next++ % questions.length] ?? {}
    const { status } = await request(url + path, asked)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  async function askOn(many: number) {
    while (!ending.signal.aborted) {
      await Promise.all(Array.from({ length: many }, ask))
      await sleep(many * 10)
    }
  }
  const crowded = Promise.withResolvers<void>()
  const asking = [askOn(1), crowded.promise.then(() => askOn(15))]
  await task({
    crowd: crowded.resolve,
    async untilAnswered(more) {
      const enough = countAnswers() + more
      while (countAnswers() < enough) await sleep(20)
    },
  })
  crowded.resolve()
  ending.abort()
  await Promise.all(asking)
  return Object.fromEntries(statuses)
}

test("a new password of the database's role loses no request, and the old one is dead", async () => {
  const { postgres } = breakable
  const admin = openSql(postgres.adminUrl)
  const rotated = new URL(postgres.appUrl)
  rotated.password = 'of-the-next-months'
  const answers = await underLoad(async ({ crowd, untilAnswered }) => {
    await untilAnswered(20)
    await admin.run(`ALTER ROLE rampart_app PASSWORD '${rotated.password}'`)
    crowd()
    // As long as a rotation takes from the one to the other.
    await sleep(700)
    manager.put('rampart/database', JSON.stringify({ url: rotated.href }))
    await serving.untilPrinted('secrets have changed')
    await untilAnswered(60)
  })
  expect(Object.keys(answers)).toEqual(['200'])
  // Those that the old one has let in are not needed either.
  await admin.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE usename = 'rampart_app' AND state = 'idle'`)
  const [{ path = '', ...asked } = {}] = questions
  const ask = async () => (await request(url + path, asked)).status
  await expect.poll(ask, { timeout: 10_000, interval: 500 }).toBe(200)
  const old = openSql(postgres.appUrl)
  await expect(old.run('SELECT 1')).rejects.toThrow('password authentication failed')
  await Promise.all([old.close(), admin.close()])
  expect(serving.output()).toContain('"variables":["DATABASE_URL"]')
  expect(serving.output()).not.toContain(rotated.password)
})

test('a new encryption key is used from then on, and what is under the old one is read', async () => {
  const { api, world } = breakable
  const sealedUnder = async () => {
    const { ask } = createVisitor({ ...api, url }, people.owner.cookie)
    const route = `POST /organizations/${people.owner.organizationId}/webhooks` as const
    const { status } = await ask(route, { url: 'https://receiver.test/', events: ['*'] })
    expect(status).toBe(201)
    const [row] = await world.sql.run(
      "SELECT split_part(sealed, '.', 2) AS key FROM webhook_secrets ORDER BY id DESC LIMIT 1",
    )
    return row?.['key']
  }
  expect(await sealedUnder()).toBe('test')
  const answers = await underLoad(async ({ untilAnswered }) => {
    manager.put('rampart/keys', `${newKey('next')},${api.encryptionKeys}`)
    await serving.untilPrinted('"variables":["ENCRYPTION_KEYS"]')
    await untilAnswered(20)
  })
  expect(Object.keys(answers)).toEqual(['200'])
  expect(await sealedUnder()).toBe('next')
})

const script = fileURLToPath(new URL('../../../worker/src/rotate.ts', import.meta.url))

/** `pnpm secrets:rotate` in the installation that serves. */
async function rotate(words: string, settings: Readonly<Record<string, string>> = {}) {
  const { ended, output } = startNode([script, ...words.split(' ')], {
    NODE_ENV: 'test',
    ...manager.environment,
    DATABASE_WORKER_URL: breakable.postgres.workerUrl,
    ENCRYPTION_KEYS_SECRET_ID: 'rampart/keys',
    SMTP_URL: 'smtp://127.0.0.1:9',
    ...settings,
  })
  expect(await ended, output()).toBe(0)
}

/** The next keys are used when their time has come: here it comes at once. */
const comeIntoUse = () =>
  breakable.world.sql.run('UPDATE rotating_keys SET used_from = now() WHERE ends_at IS NULL')

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('the command rotates the log-in of the database too, under load', async () => {
  const settings = { DATABASE_WORKER_URL: '', DATABASE_URL_SECRET_ID: 'rampart/database#url' }
  const before = manager.read('rampart/database')
  const answers = await underLoad(async ({ crowd, untilAnswered }) => {
    crowd()
    await rotate('database', settings)
    await untilAnswered(60)
  })
  expect(Object.keys(answers)).toEqual(['200'])
  expect(manager.read('rampart/database')).not.toBe(before)
  expect(manager.read('rampart/database', 'AWSPREVIOUS')).toBe(before)
})

test('a new JWKS loses no request: what was signed before is good until its end, or its revocation', async () => {
  const { api, postgres, world } = breakable
  const clients = manageClients(api.services, postgres.ownerUrl)
  const clientId = await createFirstPartyClient({ ...api, clients })
  const person = people.alice
  const issue = () => issueToken({ ...api, url }, { clientId, person, scopes: ['order:read:own'] })
  const kidOf = (token: string) => decodeProtectedHeader(token).kid
  const statusOf = async (token: string) =>
    (await request(url + path, { headers: bearer(token) })).status
  const published = async () => {
    const { body } = await request(`${url}/oauth/jwks`)
    const keys = (body?.['keys'] ?? []) as readonly { readonly kid: string }[]
    return keys.map(({ kid }) => kid)
  }
  const path = `/api/orders/${await world.createOrder(person)}`
  const old = await issue()
  const own = { path, headers: bearer(old) }
  questions.push(own)
  const answers = await underLoad(async ({ untilAnswered }) => {
    await rotate('jwks')
    // Known to everybody before it is used.
    expect(await published()).toEqual([kidOf(old), expect.any(String)])
    expect(kidOf(await issue())).toBe(kidOf(old))
    await comeIntoUse()
    await expect.poll(async () => kidOf(await issue()), { timeout: 15_000 }).not.toBe(kidOf(old))
    await untilAnswered(60)
    expect(await statusOf(old)).toBe(200)
  })
  expect(Object.keys(answers)).toEqual(['200'])
  questions.splice(questions.indexOf(own), 1)
  const next = await issue()
  expect(await published()).toEqual([kidOf(next), kidOf(old)])
  await rotate('jwks --revoke')
  expect([await statusOf(old), await statusOf(next)]).toEqual([401, 401])
  expect(await statusOf(await issue())).toBe(200)
  expect(await published()).toHaveLength(1)
})

test('a new cookie key loses no request, and what a browser kept before is still read', async () => {
  const { world } = breakable
  const { alice, bob } = people
  const logIn = async ({ email }: Person, cookie?: string) => {
    const body = { email, password }
    const answer = await request(`${url}/api/auth/login`, { method: 'POST', body, cookie })
    expect(answer.status).toBe(200)
    const set = answer.headers.getSetCookie().find((one) => one.startsWith('browser='))
    return decodeURIComponent(/^browser=([^;]+)/.exec(set ?? '')?.[1] ?? '')
  }
  const old = await logIn(alice)
  const answers = await underLoad(async ({ untilAnswered }) => {
    await rotate('session')
    await comeIntoUse()
    const keyOf = async () => (await logIn(bob)).split('.')[1]
    await expect.poll(keyOf, { timeout: 15_000 }).not.toBe(old.split('.')[1])
    await untilAnswered(20)
  })
  expect(Object.keys(answers)).toEqual(['200'])
  const both = await logIn(bob, `browser=${encodeURIComponent(old)}`)
  const keys = createEncryption(
    `${manager.read('rampart/keys')}`.split(',').map((pair) => {
      const [id = '', key = ''] = pair.split(':')
      return { id, key: Buffer.from(key, 'base64') }
    }),
  )
  const [, kid = ''] = both.split('.')
  const [row] = await world.sql.run('SELECT sealed FROM rotating_keys WHERE id = $1', [kid])
  const key = Buffer.from(keys.decrypt(`${row?.['sealed']}`, `cookie-key:${kid}`), 'base64')
  const kept = createEncryption([{ id: kid, key }]).decrypt(both, 'known-browser')
  expect(kept).toContain(alice.id)
  expect(kept).toContain(bob.id)
})

test('an API key is rotated by one call, and both work until the old one ends', async () => {
  const { api, world } = breakable
  const person = people.bob
  const { ask } = createVisitor({ ...api, url }, person.cookie)
  const created = await ask('POST /api-keys', { name: 'Sync', permissions: ['order:read:own'] })
  const { key, id } = created.body as { key: string; id: string }
  const path = `/api/orders/${await world.createOrder(person)}`
  const own = { path, headers: bearer(key) }
  questions.push(own)
  let next = ''
  const answers = await underLoad(async ({ untilAnswered }) => {
    const rotated = await ask(`POST /api-keys/${id}/rotate`)
    next = String(rotated.body?.['key'])
    questions.push({ path, headers: bearer(next) })
    await untilAnswered(90)
  })
  expect(Object.keys(answers)).toEqual(['200'])
  await world.sql.run('UPDATE api_keys SET expires_at = now() WHERE id = $1', [id])
  expect((await request(url + path, { headers: bearer(key) })).status).toBe(401)
  expect((await request(url + path, { headers: bearer(next) })).status).toBe(200)
  questions.splice(-2)
})

test('a manager that is gone changes nothing and is told, and counted', async () => {
  manager.behave('cut')
  const answers = await underLoad(() => serving.untilPrinted('secrets could not be read anew'))
  expect(Object.keys(answers)).toEqual(['200'])
  manager.behave('answer')
})
