import { limits } from '@repo/rate-limit'
import { describe, expect, it } from 'vitest'
import { password, type World } from '../support/create-world.ts'
import { expectRefused, readLimitField, repeat } from '../support/limits.ts'
import { anyAddress, request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

// Counted like any other, and without the work of a password.
const knock = (url: string, address: string) =>
  request(`${url}/api/auth/login`, { method: 'POST', body: {}, address })

const logIn = (url: string, email: string, address: string) =>
  request(`${url}/api/auth/login`, { method: 'POST', body: { email, password }, address })

const windowOf = (key: string): number => {
  const [, policy] =
    Object.entries(limits).find(([name]) => key.startsWith(`rate-limit:${name}:`)) ?? []
  return policy?.windowSeconds ?? 0
}

describe('log-in', () => {
  it('is refused from the 101st a minute on from one address, and from no other', async () => {
    const { email } = await world.createPerson()
    const address = '192.0.2.1'
    const answers = await repeat(limits.login.limit, () => knock(api.url, address))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
    const left = answers.map(({ headers }) => headers.get('ratelimit')?.split(/[=;]/)[2])
    expect(left.map(Number).toSorted((one, other) => one - other)).toEqual([
      ...Array(limits.login.limit).keys(),
    ])
    expectRefused(await logIn(api.url, email, address), 'login')
    expect((await logIn(api.url, email, '192.0.2.2')).status).toBe(200)
  })

  it('counts every call of a batch', async () => {
    const { email } = await world.createPerson()
    const address = '192.0.2.3'
    const batch = () =>
      request(`${api.url}/trpc/${Array(10).fill('auth.login').join()}?batch=1`, {
        method: 'POST',
        body: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index, {}])),
        address,
      })
    const answers = await repeat(limits.login.limit / 10, batch)
    const problems = answers.flatMap(({ text }) => text.match(/"code":"invalid_input"/g) ?? [])
    expect(problems).toHaveLength(limits.login.limit)
    expectRefused(await logIn(api.url, email, address), 'login')
    const late = await batch()
    expect(late.text.match(/"code":"rate_limited"/g)).toHaveLength(10)
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await logIn(api.url, email, '192.0.2.4')).status).toBe(200)
  })

  it.each([11, 100, 500])('refuses a batch of %i whole: none of it is done', async (size) => {
    const { email } = await world.createPerson()
    const address = anyAddress()
    const calls = Array.from({ length: size }, (_, index) => [index, { email, password }])
    const path = `/trpc/${Array(size).fill('auth.login').join()}?batch=1`
    const body = Object.fromEntries(calls)
    const answer = await request(api.url + path, { method: 'POST', body, address })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('"code":"bad_request"')
    expect(answer.headers.getSetCookie()).toEqual([])
    const next = await logIn(api.url, email, address)
    expect(next.status).toBe(200)
    expect(readLimitField(next, 'ratelimit')).toMatchObject({ name: 'login', r: 99 })
  })
})

describe('a user', () => {
  it('has one quota an hour, wherever they come from', async () => {
    const [person, other] = [await world.createPerson(), await world.createPerson()]
    // Several endpoints, since each has a limit a minute besides; ten calls a request.
    const calls = Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0 ? 'organizations.list' : 'organizations.get',
    )
    const inputs = calls.map((call, index) => [
      index,
      call.endsWith('list') ? {} : { organizationId: world.acme },
    ])
    const query = encodeURIComponent(JSON.stringify(Object.fromEntries(inputs)))
    const batch = () =>
      request(`${api.url}/trpc/${calls.join()}?batch=1&input=${query}`, { cookie: person.cookie })
    const answers = await repeat(limits.user.limit / 10, batch, 2)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const read = (cookie: string) => request(`${api.url}/api/organizations`, { cookie })
    expectRefused(await read(person.cookie), 'user')
    expectRefused(await read(person.cookie), 'user')
    expect((await read(other.cookie)).status).toBe(200)
  })

  it('writes at one endpoint 120 times a minute, and at another still', async () => {
    const person = await world.createPerson()
    const create = () =>
      request(`${api.url}/api/users/${person.id}/orders`, {
        method: 'POST',
        cookie: person.cookie,
        body: {},
      })
    const answers = await repeat(limits.write.limit, create)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
    expectRefused(await create(), 'write')
    const rename = { method: 'PATCH', cookie: person.cookie, body: { name: 'Other' } }
    expect((await request(`${api.url}/api/users/${person.id}`, rename)).status).toBe(200)
  })
})

describe('an address', () => {
  it('has one limit over every path, unknown and unreadable ones included', async () => {
    const address = '192.0.2.5'
    const paths = ['/nowhere', '/api/orders/%ff', '/docs', '/openapi.json', '/trpc/no.where']
    const answers = await repeat(limits.address.limit, (index) =>
      request(`${api.url}${paths[index % paths.length]}`, { address }),
    )
    expect(answers.map(({ status }) => status)).not.toContain(429)
    for (const path of paths) expectRefused(await request(api.url + path, { address }), 'address')
    expect((await request(`${api.url}/nowhere`, { address: '192.0.2.6' })).status).toBe(404)
    expect((await request(`${api.url}/healthz`, { address })).status).toBe(200)
  })

  it.each([
    ['another address of the same /64', '2001:db8:0:1::2', '2001:db8:0:1:ffff::1', 429],
    ['another /64', '2001:db8:0:2::2', '2001:db8:0:3::2', 400],
    ['the same address, mapped into IPv6', '192.0.2.7', '::ffff:192.0.2.7', 429],
  ])('counts %s as it should', async (_name, address, later, status) => {
    await repeat(limits.login.limit, () => knock(api.url, address))
    expect((await knock(api.url, address)).status).toBe(429)
    expect((await knock(api.url, later)).status).toBe(status)
  })
})

describe('an address that changes with every request', () => {
  it.each([
    [
      'by entries that the caller forged',
      (index: number) => `198.51.100.${index}, 192.0.2.8`,
      '198.51.100.1, 192.0.2.9',
    ],
    [
      'within a /64',
      (index: number) => `2001:db8:0:4:${index.toString(16)}::${index}`,
      '2001:db8:0:5::1',
    ],
  ])('%s is one to the limits', async (_name, forwarded, other) => {
    const answers = await repeat(limits.login.limit, (index) => knock(api.url, forwarded(index)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
    expectRefused(await knock(api.url, forwarded(limits.login.limit)), 'login')
    expect((await knock(api.url, other)).status).toBe(400)
  })
})

describe('what is counted', () => {
  it('is forgotten by Redis when its window is over', async () => {
    const { cookie } = await world.createPerson()
    await request(`${api.url}/api/organizations`, { cookie })
    const { client } = api.services.redis
    const keys = await client.keys('rate-limit:*')
    const names = new Set(keys.map((key) => key.split(':')[1]))
    expect([...names]).toEqual(expect.arrayContaining(['address', 'user', 'read', 'login']))
    const left = await Promise.all(keys.map((key) => client.pttl(key)))
    for (const [index, key] of keys.entries()) {
      const windowMs = windowOf(key) * 1_000
      expect(left[index], key).toBeGreaterThan(0)
      expect(left[index], key).toBeLessThanOrEqual(windowMs)
    }
  })
})

describe('without a trusted proxy', () => {
  it('X-Forwarded-For moves nobody to another limit', async () => {
    const open = await startApi({ environment: { TRUSTED_PROXIES: '' } })
    try {
      const answers = await repeat(limits.login.limit, (index) =>
        knock(open.url, `198.51.100.${index}`),
      )
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
      expectRefused(await knock(open.url, '203.0.113.1'), 'login')
    } finally {
      await open.close()
    }
  })
})
