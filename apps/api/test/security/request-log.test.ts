import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { password, type World } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const address = '192.0.2.9'
const requestLines = () => api.log().filter(({ msg }) => /^request( aborted)?$/.test(String(msg)))
const linesOf = (requestId: string | null) =>
  requestLines().filter((line) => line['requestId'] === requestId)

/** The one line of an answered request; it is written when the answer has left. */
async function lineOf(headers: Headers) {
  const id = headers.get('x-request-id')
  await expect.poll(() => linesOf(id)).toHaveLength(1)
  return linesOf(id)[0]
}

describe('one line a request', () => {
  it('says when, who, from where, what and how it ended', async () => {
    const person = await world.createPerson()
    const orderId = await world.createOrder(person)
    const url = `${api.url}/api/orders/${orderId}`
    const { headers, text } = await request(url, { cookie: person.cookie, address })
    expect(await lineOf(headers)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'rampart-api',
      msg: 'request',
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      traceId: expect.stringMatching(/^[\da-f]{32}$/),
      method: 'GET',
      route: '/api/orders/:orderId',
      procedures: ['orders.get'],
      status: 200,
      durationMs: expect.any(Number),
      address,
      userId: person.id,
      organizationId: world.acme,
      bytesIn: 0,
      bytesOut: Buffer.byteLength(text),
    })
  })

  it('names every procedure of a batch', async () => {
    const { cookie, id } = await world.createPerson()
    const paths = ['auth.session', 'organizations.list']
    const input = encodeURIComponent(JSON.stringify({ 1: {} }))
    const url = `${api.url}/trpc/${paths.join()}?batch=1&input=${input}`
    const { headers, status } = await request(url, { cookie, address })
    expect(status).toBe(200)
    expect(await lineOf(headers)).toMatchObject({
      route: '/trpc/:path',
      procedures: paths,
      status: 200,
      userId: id,
      address,
    })
  })

  it.each([
    ['GET', '/nowhere', null, 404],
    ['GET', '/api/orders/%ff', null, 400],
    ['GET', '/api/orders/1', '/api/orders/:orderId', 401],
    ['PUT', '/api/orders/1', '/api/orders/:orderId', 405],
    ['GET', '/trpc/no.where', '/trpc/:path', 404],
    ['GET', '/healthz', '/healthz', 200],
    ['GET', '/docs/assets/swagger-ui.css', '/docs/assets/*', 200],
  ])('is written for %s %s', async (method, path, route, status) => {
    const { headers } = await request(api.url + path, { method, address })
    const line = await lineOf(headers)
    expect(line).toMatchObject({ method, route, status, address, userId: null })
  })

  it('is written for what the edge refuses', async () => {
    const refused = [
      exchangeRequest(api.url, 'GET /api/orders/1', ['Host: evil.test']),
      exchangeRequest(api.url, 'POST /api/auth/login', ['Origin: null']),
      exchangeRequest(api.url, 'POST /api/auth/login', ['Content-Type: text/plain'], 'x'),
    ]
    const answers = await Promise.all(refused)
    for (const { headers, status } of answers) {
      const line = await lineOf(new Headers(headers))
      expect(line).toMatchObject({ status, address: '127.0.0.1', userId: null })
    }
    expect(answers.map(({ status }) => status)).toEqual([421, 403, 415])
  })

  it('is written for a request whose caller went away', async () => {
    const { hostname, port } = new URL(api.url)
    const head = `POST /api/auth/login HTTP/1.1\r\nHost: ${hostname}\r\nX-Forwarded-For: 192.0.2.77\r\n`
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${head}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"email":`)
      setTimeout(() => socket.destroy(), 100)
    })
    const lines = () => api.log().filter((line) => line['address'] === '192.0.2.77')
    await expect.poll(lines).toHaveLength(1)
    expect(lines()[0]).toMatchObject({
      msg: 'request aborted',
      method: 'POST',
      route: '/api/auth/login',
      status: 499,
      userId: null,
    })
  })
})

describe('what the log never holds', () => {
  const canaries = {
    password: 'canary-password-7d1',
    query: 'canary-query-7d1',
    header: 'canary-header-7d1',
    token: 'canary-token-7d1',
    body: 'canary-body-7d1',
    path: 'canary-path-7d1',
  }

  it('is a password, a cookie, a token, a query, a header, a body or a value in a path', async () => {
    const person = await world.createPerson()
    const { cookie } = person
    const headers = { 'x-told': canaries.header, 'user-agent': canaries.header }
    const login = { method: 'POST', headers }
    const answers = await Promise.all([
      request(`${api.url}/api/auth/login`, {
        ...login,
        body: { email: person.email, password: canaries.password },
      }),
      request(`${api.url}/trpc/auth.login`, {
        ...login,
        headers: { ...headers, 'content-type': 'application/json' },
        body: `{"password":"${canaries.password}"`,
      }),
      request(`${api.url}/api/organizations?cursor=${canaries.query}`, { cookie, headers }),
      request(`${api.url}/trpc/orders.get?input=${canaries.query}`, { cookie, headers }),
      request(`${api.url}/api/orders/${canaries.path}`, { cookie, headers }),
      request(`${api.url}/${canaries.path}?x=${canaries.query}`, { cookie, headers }),
      request(`${api.url}/trpc/${canaries.path}`, { cookie, headers }),
      request(`${api.url}/api/auth/session`, {
        headers: { ...headers, authorization: `Bearer ${canaries.token}` },
      }),
      request(`${api.url}/api/users/${person.id}`, {
        method: 'PATCH',
        cookie,
        headers,
        body: { name: canaries.body },
      }),
      request(`${api.url}/api/auth/login`, {
        ...login,
        body: { email: person.email, password },
      }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([
      401, 400, 400, 400, 400, 404, 404, 401, 200, 200,
    ])
    for (const answer of answers) await lineOf(answer.headers)
    const log = JSON.stringify(api.log())
    const fresh = answers.at(-1)?.headers.get('set-cookie')?.split(/[=;]/)[1] ?? ''
    expect(fresh).toHaveLength(49)
    const secrets = [...Object.values(canaries), cookie.split('=')[1] ?? '', fresh, password]
    for (const secret of [...secrets, person.email]) expect(log).not.toContain(secret)
    expect(log).toContain(person.id)
  })
})

describe('log injection', () => {
  it.each([
    ['an escape sequence in the agent', ['User-Agent: \x1b[31mred']],
    ['a line separator in the agent', ['User-Agent: a\u2028{"level":"fatal"}']],
    ['a line of JSON as the address', ['X-Forwarded-For: {"level":"fatal"}']],
    ['half a string as the organization', ['x-organization-id: ","level":"fatal']],
  ])('by %s adds no line and no field', async (_name, headers) => {
    const before = requestLines().length
    const answer = await exchangeRequest(api.url, 'GET /api/auth/session', headers)
    expect([400, 401]).toContain(answer.status)
    if (answer.status === 401) {
      expect((await lineOf(new Headers(answer.headers)))?.['level']).toBe('info')
    }
    expect(requestLines().length - before).toBeLessThanOrEqual(1)
    expect(api.log().some(({ level }) => level === 'fatal')).toBe(false)
  })

  it('by a line break in a header reaches no route', async () => {
    const before = api.log().length
    const broken = 'User-Agent: a\rb\n{"level":"fatal"}'
    const answer = await exchangeRequest(api.url, 'GET /api/auth/session', [broken])
    expect(answer.status).toBe(400)
    expect(
      api
        .log()
        .slice(before)
        .some(({ level }) => level === 'fatal'),
    ).toBe(false)
    expect((await exchangeRequest(api.url, 'GET /api/auth/session')).status).toBe(401)
  })

  it('by a line break in a path stays one line', async () => {
    const answer = await request(`${api.url}/api/orders/1%0D%0A%7B%22level%22%3A%22fatal%22%7D`)
    expect(await lineOf(answer.headers)).toMatchObject({ route: '/api/orders/:orderId' })
    expect(api.log().some(({ level }) => level === 'fatal')).toBe(false)
  })
})
