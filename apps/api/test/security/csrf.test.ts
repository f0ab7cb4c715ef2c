import { describe, expect, it } from 'vitest'
import { type Person, password, type World } from '../support/create-world.ts'
import { postForm } from '../support/post-form.ts'
import { request } from '../support/request.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let person: Person
let orderId: number

const own = 'https://api.test'
const friend = 'https://app.test'

useWorld(
  async (made) => {
    ;({ api, world } = made)
    person = await world.createPerson()
    orderId = await world.createOrder(person)
  },
  {
    environment: { BASE_URL: own, ALLOWED_HOSTS: '127.0.0.1', CORS_ORIGINS: friend },
  },
)

const headersOf = (site: string | null, origin: string | null) => ({
  ...(site !== null && { 'sec-fetch-site': site }),
  ...(origin !== null && { origin }),
})

/** Every kind of unsafe request with the person's cookie; log-in is one of them. */
const unsafe = (headers: Record<string, string>) => {
  const asked = { cookie: person.cookie, headers }
  const json = { ...headers, 'content-type': 'application/json' }
  const change = JSON.stringify({ orderId, status: 'paid' })
  return [
    request(`${api.url}/api/orders/${orderId}`, { ...asked, method: 'PATCH', body: { note: 'x' } }),
    request(`${api.url}/api/orders/2147483647`, { ...asked, method: 'DELETE' }),
    request(`${api.url}/trpc/orders.update`, {
      ...asked,
      method: 'POST',
      headers: json,
      body: change,
    }),
    request(`${api.url}/api/auth/login`, {
      method: 'POST',
      headers,
      body: { email: person.email, password },
    }),
    request(`${api.url}/nowhere`, { ...asked, method: 'POST' }),
  ]
}

const passed = [200, 404, 200, 200, 404]

describe('an unsafe request', () => {
  it.each([
    ['same-origin', own],
    ['same-origin', null],
    // The browser vouches for it; a page cannot set this header.
    ['same-origin', 'https://evil.test'],
    ['none', null],
    ['same-site', friend],
    ['cross-site', friend],
    [null, own],
    [null, friend],
    [null, null],
  ])('passes with Sec-Fetch-Site %s and Origin %s', async (site, origin) => {
    const answers = await Promise.all(unsafe(headersOf(site, origin)))
    expect(answers.map(({ status }) => status)).toEqual(passed)
  })

  it.each([
    ['same-site', null],
    ['same-site', own],
    ['cross-site', own],
    ['same-site', 'https://sibling.test'],
    ['cross-site', null],
    ['cross-site', 'null'],
    ['cross-site', 'https://evil.test'],
    ['SAME-ORIGIN', null],
    ['anything', null],
    ['same-origin, cross-site', null],
    [null, 'null'],
    [null, 'https://evil.test'],
    [null, 'http://api.test'],
    [null, 'https://api.test:444'],
    [null, 'https://api.test.evil.test'],
    [null, 'https://evilapi.test'],
    [null, 'https://app.test/'],
    [null, 'HTTPS://APP.TEST'],
    [null, `${friend}, https://evil.test`],
  ])('is refused with Sec-Fetch-Site %s and Origin %s', async (site, origin) => {
    const before = await takeSnapshot(world.sql)
    const answers = await Promise.all(unsafe(headersOf(site, origin)))
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    for (const { text, headers } of answers) {
      expect(text).toContain('"code":"cross_site_request"')
      expect(headers.get('set-cookie')).toBeNull()
    }
    expect(await takeSnapshot(world.sql)).toBe(before)
  })
})

describe('the form of a page', () => {
  const send = (site: string | null, origin: string) =>
    postForm(
      `${api.url}/admin/sign-in`,
      { email: person.email, password, returnTo: '/admin' },
      { headers: headersOf(site, origin) },
    )

  it.each([
    ['same-origin', own],
    [null, own],
  ])('passes with Sec-Fetch-Site %s and Origin %s', async (site, origin) => {
    const { status, headers } = await send(site, origin)
    expect([status, headers.has('set-cookie')]).toEqual([303, true])
  })

  it.each([
    ['same-site', friend],
    ['cross-site', friend],
    [null, friend],
  ])('is refused from an origin of CORS_ORIGINS: %s, %s', async (site, origin) => {
    const { status, headers } = await send(site, origin)
    expect([status, headers.has('set-cookie')]).toEqual([403, false])
  })
})

describe('a safe request', () => {
  it.each(['GET', 'HEAD'])('%s passes from any site', async (method) => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    const answer = await request(`${api.url}/api/orders/${orderId}`, {
      method,
      headers,
      cookie: person.cookie,
    })
    expect(answer.status).toBe(200)
    // Nothing lets the other site read it.
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual(
      [],
    )
  })

  it.each(['orders.create', 'orders.update', 'orders.delete', 'auth.logout'])(
    'is no way to call %s',
    async (path) => {
      const before = await takeSnapshot(world.sql)
      const input = encodeURIComponent(JSON.stringify({ orderId }))
      for (const method of ['GET', 'HEAD']) {
        for (const query of [`input=${input}`, `batch=1&input=${input}`]) {
          const url = `${api.url}/trpc/${path}?${query}`
          const answer = await request(url, { method, cookie: person.cookie })
          expect(answer.status, `${method} ${query}: ${answer.text}`).toBe(405)
          expect(answer.headers.get('allow')).toContain('POST')
        }
      }
      expect(await takeSnapshot(world.sql)).toBe(before)
      const session = await request(`${api.url}/api/auth/session`, { cookie: person.cookie })
      expect(session.status).toBe(200)
    },
  )
})

it('a bearer token, which no browser sends by itself, is judged by itself', async () => {
  const answer = await request(`${api.url}/api/orders/${orderId}`, {
    method: 'DELETE',
    headers: { authorization: 'Bearer x', 'sec-fetch-site': 'cross-site' },
  })
  expect(answer.status).toBe(401)
})

describe('a body that a form of another site can send', () => {
  const json = JSON.stringify({ orderId: 1, status: 'paid' })
  const post = (path: string, type: string, body: string) =>
    request(api.url + path, {
      method: path.startsWith('/api/orders') ? 'PATCH' : 'POST',
      cookie: person.cookie,
      headers: { 'content-type': type },
      body,
    })

  it.each([
    ['text/plain', json],
    ['text/plain;charset=UTF-8', json],
    ['application/x-www-form-urlencoded', 'orderId=1&status=paid'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="0"\r\n\r\n{}\r\n--x--',
    ],
    ['application/octet-stream', json],
    ['text/json', json],
    ['application/jsonp', json],
    ['application/problem+json', json],
    ['application/xml', '<a/>'],
  ])('is refused: %s', async (type, body) => {
    const before = await takeSnapshot(world.sql)
    for (const path of ['/api/orders/1', '/api/auth/login', '/trpc/orders.update']) {
      const answer = await post(path, type, body)
      expect(answer.status, `${path}: ${answer.text}`).toBe(415)
      expect(answer.text).toContain('"code":"unsupported_media_type"')
    }
    expect(await takeSnapshot(world.sql)).toBe(before)
  })

  it('is read as JSON alone', async () => {
    const type = 'application/json; charset=utf-8'
    const body = JSON.stringify({ status: 'paid' })
    expect((await post(`/api/orders/${orderId}`, type, body)).status).toBe(200)
  })
})
