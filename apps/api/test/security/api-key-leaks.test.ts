import { openSql } from '@repo/testing'
import { describe, expect, it } from 'vitest'
import type { Person, World } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import { problemOf } from '../support/problem-of.ts'
import { type Asked, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

interface Setting {
  readonly api: TestApi
  readonly world: World
  readonly person: Person
  /** One that a key of theirs can read. */
  readonly orderId: number
}

/** An API of its own for the tests of a block, with somebody who holds keys. */
function useSetting(environment: Record<string, string> = {}): () => Setting {
  let setting: Setting
  useWorld(
    async ({ api, world }) => {
      const person = await world.createPerson()
      setting = { api, world, person, orderId: await world.createOrder(person) }
    },
    { environment },
  )
  return () => setting
}

function createKey({ api, person }: Setting) {
  const { id: userId, organizationId } = person
  const owner = { userId, organizationId, name: 'deploy', maxAgeDays: 90 }
  return api.services.apiKeys.create({ ...owner, permissions: ['order:read:own'] })
}

const works = async ({ api }: Setting, key: string) =>
  (await api.services.apiKeys.find(key)) !== null

async function findEvents({ api, world }: Setting, requestId: string | null | undefined) {
  await api.services.audit.flush()
  const text = `SELECT organization_id, actor, action, target, outcome::text, code, address
    FROM audit.page(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1000)
   WHERE request_id = $1 ORDER BY target`
  return world.sql.run(text, [requestId])
}

const eventOf = ({ person }: Setting, fields: Readonly<Record<string, unknown>>) => ({
  organization_id: person.organizationId,
  actor: person.id,
  action: 'apiKeys.leaked',
  outcome: 'denied',
  ...fields,
})

const encodeAll = (text: string) =>
  [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
const inputOf = (key: string) => encodeURIComponent(JSON.stringify({ 0: { note: key } }))

describe('a key in a URL', () => {
  const setting = useSetting()
  const address = '192.0.2.60'
  const ask = (path: string, asked: Asked = {}) =>
    request(setting().api.url + path, { address, ...asked })

  const places: readonly [string, (key: string) => string, string?][] = [
    ['the path of a route', (key) => `/api/orders/${key}`],
    ['an unknown path', (key) => `/nowhere/${key}`],
    ['an unreadable path', (key) => `/%ff/${key}`],
    ['the query of a route', (key) => `/api/orders/1?key=${key}`],
    ['the query of an unknown path', (key) => `/?authorization=Bearer%20${key}`],
    ["a probe's query", (key) => `/healthz?${key}`],
    ['the name of a procedure', (key) => `/trpc/${key}`],
    ['the input of a call', (key) => `/trpc/orders.get?input=${inputOf(key)}`],
    ['the input of a batch', (key) => `/trpc/orders.get?batch=1&input=${inputOf(key)}`],
    ['a path, every character encoded', (key) => `/api/orders/${encodeAll(key)}`],
    ['a query, encoded twice', (key) => `/?next=${encodeURIComponent(encodeAll(key))}`],
    ['a text without borders', (key) => `/docs?x${key}x`],
    ['the path of a change', (key) => `/api/orders/${key}`, 'DELETE'],
    ['the query of another method', (key) => `/api/orders/1?${key}`, 'PUT'],
  ]

  it.each(places)('is refused and revoked: %s', async (_name, place, method = 'GET') => {
    const [leaked, other] = [await createKey(setting()), await createKey(setting())]
    const answer = await ask(place(leaked.key), { method })
    expect(answer.status).toBe(400)
    expect(problemOf(answer.body)?.code).toBe('credential_in_url')
    expect(await works(setting(), leaked.key)).toBe(false)
    expect(await works(setting(), other.key)).toBe(true)
    const event = { target: leaked.id, code: 'credential_in_url', address: '192.0.2.0/24' }
    expect(await findEvents(setting(), answer.headers.get('x-request-id'))).toEqual([
      eventOf(setting(), event),
    ])
  })

  it('works for no request after it', async () => {
    const { key } = await createKey(setting())
    const read = () =>
      ask(`/api/orders/${setting().orderId}`, { headers: { authorization: `Bearer ${key}` } })
    expect((await read()).status).toBe(200)
    expect((await ask(`/healthz?key=${key}`)).status).toBe(400)
    expect((await read()).body).toMatchObject({ status: 401, code: 'invalid_token' })
  })

  it('is revoked with the others there, in one go', async () => {
    const keys = await Promise.all(Array.from({ length: 12 }, () => createKey(setting())))
    const answer = await ask(`/?${keys.map(({ key }) => key).join('&')}`)
    expect(answer.status).toBe(400)
    for (const { key } of keys) expect(await works(setting(), key)).toBe(false)
    const events = await findEvents(setting(), answer.headers.get('x-request-id'))
    expect(events.map(({ target }) => target)).toEqual(keys.map(({ id }) => id).sort())
  })

  it('that was never made is refused alike, and recorded nowhere', async () => {
    const { key } = await createKey(setting())
    await ask(`/${key}`)
    const again = await ask(`/${key}`)
    expect(problemOf(again.body)?.code).toBe('credential_in_url')
    expect(await findEvents(setting(), again.headers.get('x-request-id'))).toEqual([])
  })

  it.each([
    ['/api/auth/session', 401],
    ['/nowhere/rk_live_', 404],
    ['/healthz?key=rk_live_guess', 200],
    [`/healthz?key=rk_live_${'A'.repeat(49)}`, 200],
  ])('is not what %s holds', async (path, status) => {
    expect((await ask(path)).status).toBe(status)
  })

  it('is in no log line and in no answer', async () => {
    const { key, id } = await createKey(setting())
    const answers = await Promise.all(places.map(([, place]) => ask(place(key))))
    const { log } = setting().api
    for (const { headers, text } of answers) {
      const requestId = headers.get('x-request-id')
      const lines = () =>
        log().filter((line) => line['requestId'] === requestId && line['msg'] === 'request')
      await expect.poll(lines).toMatchObject([{ status: 400, address }])
      expect(text).not.toContain(key.slice(8, 51))
      expect(text).not.toContain(id)
    }
    const logged = JSON.stringify(log())
    expect(logged).not.toContain(key.slice(8, 51))
    expect(logged).not.toContain(encodeAll(key.slice(8, 51)))
  })

  it('is refused while Postgres is not there, and revoked the next time', async () => {
    const { key } = await createKey(setting())
    const { adminUrl, log } = { ...setting().api.database, ...setting().api }
    const { pathname } = new URL(adminUrl)
    const admin = openSql(new URL('/postgres', adminUrl).href)
    const database = pathname.slice(1)
    const end = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1'
    await admin.run(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`)
    await admin.run(end, [database])
    const answer = await ask(`/?key=${key}`)
    await admin.run(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`)
    await admin.close()
    expect(problemOf(answer.body)?.code).toBe('credential_in_url')
    const logged = () => log().filter(({ msg }) => String(msg).includes('could not be revoked'))
    await expect.poll(logged).toHaveLength(1)
    expect(logged()[0]).toMatchObject({
      level: 'error',
      requestId: answer.headers.get('x-request-id'),
    })
    expect(JSON.stringify(log())).not.toContain(key.slice(8, 51))
    expect(await works(setting(), key)).toBe(true)
    await ask(`/?key=${key}`)
    expect(await works(setting(), key)).toBe(false)
  })
})

const served = { BASE_URL: 'https://api.test', ALLOWED_HOSTS: '127.0.0.1' }

/** Reads the holder's order by a key, with these headers beside it and no others. */
function send({ api, orderId }: Setting, key: string, headers: readonly string[] = []) {
  const line = `GET /api/orders/${orderId}`
  return exchangeRequest(api.url, line, [`Authorization: Bearer ${key}`, ...headers])
}

const codeOf = ({ body }: { readonly body: string }) => problemOf(JSON.parse(body))?.code

describe('a key over plain HTTP, where the API is served over HTTPS', () => {
  const setting = useSetting({ ...served, TRUSTED_PROXIES: '' })

  it('is refused and revoked when the caller itself came so', async () => {
    const [leaked, other] = [await createKey(setting()), await createKey(setting())]
    const answer = await send(setting(), leaked.key)
    expect([answer.status, codeOf(answer)]).toEqual([403, 'insecure_transport'])
    expect(await works(setting(), leaked.key)).toBe(false)
    expect(await works(setting(), other.key)).toBe(true)
    const event = { target: leaked.id, code: 'insecure_transport', address: '127.0.0.0/24' }
    expect(await findEvents(setting(), answer.headers['x-request-id'])).toEqual([
      eventOf(setting(), event),
    ])
  })

  it.each(['bearer', 'Basic', 'Bearer ', 'Token'])('is one by any scheme: %s', async (scheme) => {
    const { key } = await createKey(setting())
    const answer = await exchangeRequest(setting().api.url, 'GET /nowhere', [
      `Authorization: ${scheme} ${key}`,
    ])
    expect(codeOf(answer)).toBe('insecure_transport')
    expect(await works(setting(), key)).toBe(false)
  })

  it.each([
    'X-Forwarded-For: 192.0.2.1',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Proto: http',
    'X-Forwarded-Host: api.test',
    'Forwarded: for=192.0.2.1;proto=https',
    'Via: 1.1 proxy',
    'X-Real-IP: 192.0.2.1',
  ])('is refused and lives on behind a proxy that nobody trusts: %s', async (header) => {
    const { key } = await createKey(setting())
    const answer = await send(setting(), key, [header])
    expect([answer.status, codeOf(answer)]).toEqual([403, 'insecure_transport'])
    expect(await works(setting(), key)).toBe(true)
    expect(await findEvents(setting(), answer.headers['x-request-id'])).toEqual([])
  })

  it('is not what other credentials are: those are refused, and no more', async () => {
    const guess = await send(setting(), 'rk_live_guess')
    expect([guess.status, codeOf(guess)]).toEqual([403, 'https_required'])
    const nobody = await exchangeRequest(setting().api.url, 'GET /api/auth/session')
    expect([nobody.status, codeOf(nobody)]).toEqual([403, 'https_required'])
  })
})

describe('a key behind a trusted proxy', () => {
  const setting = useSetting({ ...served, TRUSTED_PROXIES: '127.0.0.1/32' })

  it.each(['https', 'HTTPS', 'http, https'])('works when it says %s', async (protocol) => {
    const { key } = await createKey(setting())
    const answer = await send(setting(), key, [`X-Forwarded-Proto: ${protocol}`])
    expect(answer.status).toBe(200)
  })

  it.each([
    'X-Forwarded-Proto: http',
    'X-Forwarded-Proto: https, http',
    'X-Forwarded-Proto: httpsx',
    'X-Forwarded-For: 192.0.2.1',
    'Via: 1.1 proxy',
  ])('is refused and lives on when it says %s', async (header) => {
    const { key } = await createKey(setting())
    const answer = await send(setting(), key, [header])
    expect([answer.status, codeOf(answer)]).toEqual([403, 'insecure_transport'])
    expect(await works(setting(), key)).toBe(true)
  })
})

describe('a key over plain HTTP, where the API is served over it', () => {
  const setting = useSetting({ TRUSTED_PROXIES: '' })

  it('works: in development there is nothing else', async () => {
    const { key } = await createKey(setting())
    expect((await send(setting(), key)).status).toBe(200)
  })
})
