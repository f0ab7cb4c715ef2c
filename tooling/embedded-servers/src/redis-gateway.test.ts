import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type RedisGateway, startRedisGateway } from './redis-gateway.ts'

let gateway: RedisGateway

beforeAll(async () => {
  gateway = await startRedisGateway()
})
afterAll(() => gateway.close())
afterEach(() => vi.unstubAllEnvs())

test.each(['/', '/pipeline', '/multi-exec', '/unknown'])('%s wants the token', async (path) => {
  const body = path === '/' ? ['PING'] : [['PING']]
  expect((await send(path, body, { authorization: 'Bearer wrong' })).status).toBe(401)
  expect((await send(path, body, { authorization: '' })).status).toBe(401)
  expect((await send(path, body)).status).toBe(path === '/unknown' ? 404 : 200)
})

test('a command, a pipeline and a transaction answer as Upstash does', async () => {
  expect(await send('/', ['SET', 'greeting', 'grüezi'])).toEqual(reply({ result: 'OK' }))
  expect(await send('/pipeline', [['GET', 'greeting'], ['nope'], ['INCRBY', 'n', 2]])).toEqual(
    reply([{ result: 'grüezi' }, { error: "ERR unknown command 'nope'" }, { result: 2 }]),
  )
  expect(
    await send('/multi-exec', [
      ['INCR', 'n'],
      ['GET', 'none'],
    ]),
  ).toEqual(reply([{ result: 3 }, { result: null }]))
})

test('strings are encoded in base64 on demand, at any depth', async () => {
  const script = "return {1, {'grüezi'}, false}"
  const encoding = { 'upstash-encoding': 'base64' }
  expect(await send('/', ['EVAL', script, '0'], encoding)).toEqual(
    reply({ result: [1, [Buffer.from('grüezi').toString('base64')], null] }),
  )
})

test('a script unknown by its hash is NOSCRIPT until it was run once', async () => {
  const script = 'return ARGV[1]'
  const hash = '098e0f0d1448c0a81dafe820f66d460eb09263da'
  const first = await send('/', ['EVALSHA', hash, '0', 'x'])
  expect(first).toMatchObject({ status: 400, body: { error: expect.stringMatching(/^NOSCRIPT/) } })
  expect(await send('/', ['EVAL', script, '0', 'x'])).toEqual(reply({ result: 'x' }))
  expect(await send('/', ['EVALSHA', hash, '0', 'y'])).toEqual(reply({ result: 'y' }))
})

test('the clock of commands and scripts never goes back, and is the time of day', async () => {
  const script = "local time = redis.call('TIME') return {time[1], time[2]}"
  const seen: number[] = [Date.now() * 1_000 - 1_000_000]
  for (let call = 0; call < 300; call += 1) {
    const { body } = await send('/', call % 2 ? ['TIME'] : ['EVAL', script, '0'])
    // Were it no pair, the numbers below would be NaN and out of order.
    const [seconds, microseconds] = (body as { result: [string, string] }).result
    seen.push(Number(seconds) * 1e6 + Number(microseconds))
  }
  seen.push(Date.now() * 1_000 + 1_000_000)
  expect(seen).toEqual(seen.toSorted((one, other) => one - other))
})

test('options are known in small letters, and no value is taken for one', async () => {
  expect(await send('/', ['set', 'lock', 'nx', 'nx', 'px', '5000'])).toEqual(
    reply({ result: 'OK' }),
  )
  expect(await send('/', ['set', 'lock', 'other', 'nx'])).toEqual(reply({ result: null }))
  expect(await send('/', ['get', 'lock'])).toEqual(reply({ result: 'nx' }))
  expect(await send('/', ['zadd', 'set', 'nx', '1', 'xx'])).toEqual(reply({ result: 1 }))
  expect(await send('/', ['zrange', 'set', '0', '-1'])).toEqual(reply({ result: ['xx'] }))
})

test.each([
  ['an object', {}],
  ['an empty command', []],
  ['a nested command', ['GET', ['key']]],
  ['a command that changes the shared connection', ['SUBSCRIBE', 'channel']],
  ['a method that is no command', ['constructor']],
])('%s is refused with an error', async (_, body) => {
  expect(await send('/', body)).toMatchObject({
    status: 400,
    body: { error: expect.stringMatching(/^ERR/) },
  })
})

test('a body over a mebibyte is refused, and one below it is not', async () => {
  expect((await send('/', ['SET', 'big', 'x'.repeat(1_048_576)])).status).toBe(413)
  expect((await send('/', ['SET', 'big', 'x'.repeat(1_000_000)])).status).toBe(200)
})

test('two gateways share neither data nor token', async () => {
  const other = await startRedisGateway()
  await send('/', ['SET', 'mine', '1'])
  const response = await fetch(other.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${other.token}` },
    body: '["GET","mine"]',
  })
  expect(await response.json()).toEqual({ result: null })
  expect(other.token).not.toBe(gateway.token)
  await other.close()
})

test('it does not start in production', async () => {
  vi.stubEnv('NODE_ENV', 'production')
  await expect(startRedisGateway()).rejects.toThrow('development and tests only')
})

function reply(body: unknown) {
  return { status: 200, body }
}

async function send(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.token}`, ...headers },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}
