import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, password } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi | undefined

afterEach(async () => {
  await api?.close()
  api = undefined
})

const peer = '127.0.0.1'

async function start(proxies: string): Promise<TestApi> {
  api = await startApi({ environment: { TRUSTED_PROXIES: proxies } })
  return api
}

/** The address that the API takes the caller's to be. */
async function addressSeen({ url, log }: TestApi, headers: readonly string[]): Promise<unknown> {
  const answer = await exchangeRequest(url, 'GET /nowhere', headers)
  const line = () => log().find(({ requestId }) => requestId === answer.headers['x-request-id'])
  await expect.poll(line).toBeDefined()
  return line()?.['address']
}

it.each(['[2001:0db8:85a3:08d3:1319:8a2e:0370:7348]:65535', 'x'.repeat(300), 'fe80::1%e'])(
  'log-in works from %s',
  async (forwarded) => {
    const started = await start('127.0.0.1/32')
    const world = await createWorld(started)
    const { email } = await world.createPerson()
    const body = { email, password }
    const headers = { 'x-forwarded-for': forwarded }
    const answer = await request(`${started.url}/api/auth/login`, { method: 'POST', body, headers })
    expect(answer.status).toBe(200)
    await world.close()
  },
)

it('a target that names a host of its own is refused, and its path is not', async () => {
  const { url } = await start('')
  const { host } = new URL(url)
  const absolute = await exchangeRequest(url, 'GET http://evil.test/healthz', [`Host: ${host}`])
  expect(absolute.status).toBe(400)
  expect((await exchangeRequest(url, 'GET /healthz', [`Host: ${host}`])).status).toBe(200)
})

describe("whose X-Forwarded-For counts: nobody's but a trusted proxy's", () => {
  it.each([
    ['none is trusted', '', ['192.0.2.1'], peer],
    ['another one is', '10.0.0.0/8', ['192.0.2.1'], peer],
    ['the peer is', '127.0.0.1/32', ['192.0.2.1'], '192.0.2.1'],
    [
      'the peer is, and the caller forged an entry',
      '127.0.0.1/32',
      ['6.6.6.6, 192.0.2.1'],
      '192.0.2.1',
    ],
    [
      'the peer is, and the caller forged a header',
      '127.0.0.1/32',
      ['6.6.6.6', '192.0.2.1'],
      '192.0.2.1',
    ],
    ['two in a row are', '127.0.0.1/32,10.0.0.0/8', ['6.6.6.6, 192.0.2.1, 10.1.2.3'], '192.0.2.1'],
    [
      'more are named than anybody has',
      '127.0.0.1/32,10.0.0.0/8',
      [`6.6.6.6, ${'10.1.2.9, '.repeat(500)}10.1.2.3`],
      '10.1.2.9',
    ],
    [
      'two in a row are, one of them mapped',
      '127.0.0.1/32,10.0.0.0/8',
      ['192.0.2.1, ::ffff:10.1.2.3'],
      '192.0.2.1',
    ],
    [
      'a stranger stands between two',
      '127.0.0.1/32,10.0.0.0/8',
      ['10.1.2.3, 192.0.2.1, 10.1.2.4'],
      '192.0.2.1',
    ],
    ['IPv6 comes through', '127.0.0.1/32', ['2001:db8::1'], '2001:db8::1'],
    ['a port comes with it', '127.0.0.1/32', ['192.0.2.1:4711'], '192.0.2.1'],
    [
      'IPv6 with a port',
      '127.0.0.1/32',
      ['[2001:db8:85a3:8d3:1319:8a2e:370:7348]:65535'],
      '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    ],
    ['IPv6 with a zone', '127.0.0.1/32', ['fe80::1%eth0'], 'fe80::1'],
    ['it is no address', '127.0.0.1/32', ['x'.repeat(300)], peer],
    ['the header is missing', '127.0.0.1/32', [], peer],
  ])('%s', async (_name, proxies, forwarded, seen) => {
    const headers = forwarded.map((value) => `X-Forwarded-For: ${value}`)
    expect(await addressSeen(await start(proxies), headers)).toBe(seen)
  })

  it.each([
    'Forwarded: for=6.6.6.6',
    'X-Real-IP: 6.6.6.6',
    'CF-Connecting-IP: 6.6.6.6',
    'X-Client-IP: 6.6.6.6',
  ])('%s counts for nothing', async (header) => {
    expect(await addressSeen(await start('127.0.0.1/32'), [header])).toBe(peer)
  })
})

describe('a host that is not ours', () => {
  const statusOf = async (headers: readonly string[], path = '/api/auth/session') =>
    (await exchangeRequest(api?.url ?? '', `GET ${path}`, headers)).status

  it.each([
    ['evil.test', 421],
    ['127.0.0.1.evil.test', 421],
    ['evil127.0.0.1', 421],
    ['127.0.0.1@evil.test', 421],
    ['127.0.0.1, evil.test', 421],
    ['0.0.0.0', 421],
    ['127.1', 421],
    ['', 421],
    ['127.0.0.1', 401],
    ['127.0.0.1:3000', 401],
    ['localhost', 401],
    ['LOCALHOST', 401],
    ['[::1]', 401],
  ])('Host: %s answers %i', async (host, status) => {
    await start('')
    for (const path of ['/api/auth/session', '/trpc/auth.session']) {
      expect(await statusOf([`Host: ${host}`], path), path).toBe(status)
    }
  })

  it('is one by X-Forwarded-Host only where a trusted proxy says it', async () => {
    await start('')
    expect(await statusOf(['X-Forwarded-Host: evil.test'])).toBe(401)
    expect(await statusOf(['Host: evil.test', 'X-Forwarded-Host: localhost'])).toBe(421)
    await api?.close()
    await start('127.0.0.1/32')
    expect(await statusOf(['X-Forwarded-Host: evil.test'])).toBe(421)
  })

  it('may ask how we are: a probe comes by address', async () => {
    await start('')
    expect(await statusOf(['Host: 10.1.2.3:3000'], '/healthz')).toBe(200)
    expect(await statusOf(['Host: 10.1.2.3:3000'], '/readyz')).toBe(200)
  })
})
