import { beforeEach, expect, it } from 'vitest'
import type { Person, World } from '../support/create-world.ts'
import { openSocket } from '../support/open-socket.ts'
import { type Asked, anyAddress, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let person: Person

useWorld(async (made) => {
  ;({ api, world } = made)
  person = await world.createPerson()
})
// Each test begins a minute, as Redis counts them.
beforeEach(() => api.moveClock(60 - api.services.clock().getSeconds()))

/** How many refusals Redis holds of this minute: all processes' together, whoever from. */
async function countRefusals(): Promise<number> {
  await api.services.detection.flush()
  const { client } = api.services.redis
  const minute = Math.floor(api.services.clock().getTime() / 60_000)
  const kept = await client.hgetall('detection:client_errors_overall:')
  return Number(kept?.['minute']) === minute ? Number(kept?.['count']) : 0
}

const ask = (path: string, asked: Asked = {}) => request(`${api.url}${path}`, asked)
const own = () => ({ cookie: person.cookie })
const json = { 'content-type': 'application/json' }

async function send(text: string): Promise<number> {
  const socket = await openSocket(api.url)
  socket.socket.write(text)
  await expect.poll(socket.text).toContain('HTTP/1.1 ')
  socket.socket.destroy()
  return Number(socket.text().slice('HTTP/1.1 '.length, 'HTTP/1.1 400'.length))
}

const blockedAddress = async () => {
  const address = anyAddress()
  await api.services.blocks.block(address, 'test')
  return (await ask('/api/auth/session', { address })).status
}

type Refuse = () => Promise<number>
const statusOf = (answer: ReturnType<typeof ask>) => answer.then(({ status }) => status)

const refusals: readonly (readonly [what: string, status: number, refuse: Refuse])[] = [
  ['an unknown path', 404, () => statusOf(ask('/nowhere'))],
  ['another method', 405, () => statusOf(ask('/api/organizations', { method: 'PUT', ...own() }))],
  [
    'a large body',
    413,
    () =>
      statusOf(ask('/api/auth/login', { method: 'POST', body: { email: 'x'.repeat(200_000) } })),
  ],
  [
    'another content type',
    415,
    () =>
      statusOf(
        ask('/api/auth/login', {
          ...{ method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } },
        }),
      ),
  ],
  [
    'no JSON',
    400,
    () => statusOf(ask('/api/auth/login', { method: 'POST', body: '{', headers: json })),
  ],
  ['another host', 421, () => send('GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n')],
  ['a closed address', 429, blockedAddress],
  ['no HTTP', 400, () => send('NONSENSE\r\n\r\n')],
  [
    'large headers',
    431,
    () => send(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(40_000)}\r\n\r\n`),
  ],
  [
    'an unknown expectation',
    400,
    () => send('GET / HTTP/1.1\r\nHost: localhost\r\nExpect: nothing\r\n\r\n'),
  ],
  [
    'a key of nobody',
    401,
    () => statusOf(ask('/api/organizations', { headers: { authorization: 'Bearer rk_x' } })),
  ],
  [
    'another site',
    403,
    () =>
      statusOf(
        ask('/api/auth/logout', {
          ...{ method: 'POST', ...own(), headers: { origin: 'https://evil.test' } },
        }),
      ),
  ],
  [
    'an unknown program at the OAuth server',
    401,
    () =>
      statusOf(
        ask('/oauth/token', {
          ...{ method: 'POST', body: 'grant_type=client_credentials&client_id=x' },
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      ),
  ],
  ['a call without a permission', 403, () => statusOf(ask('/api/admin/users', own()))],
  ['a call by tRPC', 404, () => statusOf(ask('/trpc/orders.get?input={"orderId":9999}', own()))],
  ['an unknown procedure', 404, () => statusOf(ask('/trpc/orders.nothing', own()))],
]

it.each(refusals)('%s is seen once', async (_what, status, refuse) => {
  const before = await countRefusals()
  expect(await refuse()).toBe(status)
  await expect.poll(countRefusals, { timeout: 10_000 }).toBe(before + 1)
  expect(await countRefusals()).toBe(before + 1)
})

it('each call of a batch is seen', async () => {
  const before = await countRefusals()
  const input = JSON.stringify({ 0: { orderId: 8_888 }, 1: { orderId: 9_999 } })
  const answer = await ask(`/trpc/orders.get,orders.get,auth.session?batch=1&input=${input}`, own())
  expect(answer.status).toBe(207)
  expect(await countRefusals()).toBe(before + 2)
})

it.each([
  ['beside one that is answered', ['auth.session', 'orders.nothing'], 207, 1],
  ['beside a refused one', ['orders.get', 'orders.nothing', 'constructor'], 207, 3],
  ['alone', ['orders.nothing', 'orders.nothing', 'orders.void'], 404, 3],
  ['by another method', ['auth.logout', 'auth.logout'], 405, 2],
  ['as a batch that is none', ['auth.logout', 'auth.session'], 400, 1],
] as const)(
  'each call of a batch that reaches no procedure is seen: %s',
  async (_what, calls, status, refused) => {
    const before = await countRefusals()
    const answer = await ask(`/trpc/${calls.join()}?batch=1&input={}`, own())
    expect(answer.status, answer.text).toBe(status)
    await expect.poll(countRefusals, { timeout: 10_000 }).toBe(before + refused)
    expect(await countRefusals()).toBe(before + refused)
  },
)

/** How many answers of an endpoint Redis has learned the size of. */
async function countMeasured(endpoint: string): Promise<number> {
  await api.services.detection.flush()
  const { client } = api.services.redis
  return Number(await client.hget(`detection:unusual_response_size:${endpoint}`, 'known'))
}

it('the sizes of a batch are those of a batch, and of none of its calls', async () => {
  const [endpoint, ofBatches] = ['organizations.list', '/trpc/:path']
  const before = await countMeasured(ofBatches)
  expect((await ask(`/trpc/${endpoint},orders.nothing?batch=1&input={}`, own())).status).toBe(207)
  await expect.poll(() => countMeasured(ofBatches)).toBe(before + 1)
  expect(await countMeasured(endpoint)).toBe(0)
  expect((await ask(`/trpc/${endpoint}?input={}`, own())).status).toBe(200)
  await expect.poll(() => countMeasured(endpoint)).toBe(1)
  expect(await countMeasured(ofBatches)).toBe(before + 1)
})

it('what has no body teaches no size: HEAD would make anything ordinary', async () => {
  const read = async (method: string) =>
    (await ask(`/api/users/${person.id}/orders`, { method, ...own() })).status
  const before = await countMeasured('orders.list')
  expect(await read('HEAD')).toBe(200)
  expect(await read('GET')).toBe(200)
  await expect.poll(() => countMeasured('orders.list')).toBe(before + 1)
})

it('what is answered is none', async () => {
  const before = await countRefusals()
  for (const path of ['/api/auth/session', '/docs', '/oauth/jwks', '/healthz']) {
    expect((await ask(path, own())).status).toBe(200)
  }
  expect(await countRefusals()).toBe(before)
})

it('whatever is counted is forgotten in time', async () => {
  await ask('/nowhere')
  await countRefusals()
  const { client } = api.services.redis
  const keys = await client.keys('detection:*')
  expect(keys.length).toBeGreaterThan(1)
  const longestMs = 90 * 24 * 3_600 * 1_000
  for (const key of keys) {
    const left = await client.pttl(key)
    expect(left, key).toBeGreaterThan(0)
    expect(left, key).toBeLessThanOrEqual(longestMs)
  }
})
