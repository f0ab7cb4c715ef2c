import { randomBytes } from 'node:crypto'
import { openSql } from '@repo/testing'
import { describe, expect, it } from 'vitest'
import { type Person, password, type World } from '../support/create-world.ts'
import { exchange, exchangeRequest } from '../support/exchange.ts'
import { openSocket } from '../support/open-socket.ts'
import { postForm } from '../support/post-form.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

type Line = Readonly<Record<string, unknown>>

const requestLines = (of: TestApi = api) =>
  of.log().filter(({ msg }) => msg === 'request' || msg === 'request aborted')

async function lineOf(headers: Headers | Readonly<Record<string, string>>, of: TestApi = api) {
  const id = headers instanceof Headers ? headers.get('x-request-id') : headers['x-request-id']
  const lines = () => requestLines(of).filter(({ requestId }) => requestId === id)
  await expect.poll(lines).toHaveLength(1)
  return lines()[0]
}

const trace = randomBytes(16).toString('hex')
const traceparent = `00-${trace}-00f067aa0ba902b7-01`

describe('the trace of a line', () => {
  it('is the one that a trusted proxy names', async () => {
    const { headers } = await request(`${api.url}/healthz`, { headers: { traceparent } })
    expect(await lineOf(headers)).toMatchObject({ traceId: trace })
  })

  it.each([
    ['none', {}],
    ['what is none', { traceparent: traceparent.toUpperCase() }],
    ['too much', { traceparent: `${traceparent}, ${traceparent}` }],
  ])('is its own where %s is named', async (_name, named) => {
    const { headers } = await request(`${api.url}/healthz`, { headers: named })
    const line = await lineOf(headers)
    expect(line?.['traceId']).toMatch(/^[\da-f]{32}$/)
    expect(line?.['traceId']).not.toBe(trace)
  })

  it('is its own where nobody whom we trust names one', async () => {
    const open = await startApi({ environment: { TRUSTED_PROXIES: '192.0.2.1' } })
    try {
      const { headers } = await request(`${open.url}/healthz`, { headers: { traceparent } })
      const line = await lineOf(headers, open)
      expect(line?.['traceId']).toMatch(/^[\da-f]{32}$/)
      expect(line?.['traceId']).not.toBe(trace)
    } finally {
      await open.close()
    }
  })
})

const chunked = (body: string) => [
  ...['Content-Type: application/json', 'Transfer-Encoding: chunked'],
  ...['', `${Buffer.byteLength(body).toString(16)}`, body, '0', '', ''],
]

describe('the sizes of a line', () => {
  it('are those of the bodies, in chunks too, and however the answer was written', async () => {
    const person = await world.createPerson()
    const { email } = person
    const body = JSON.stringify({ email, password })
    const head = ['POST /api/auth/login HTTP/1.1', `Host: ${new URL(api.url).host}`]
    const message = [...head, 'Connection: close', ...chunked(body)].join('\r\n')
    const answer = await exchange(api.url, message)
    expect(answer.status).toBe(200)
    const line = await lineOf(answer.headers)
    const sizes = { bytesIn: Buffer.byteLength(body), bytesOut: Buffer.byteLength(answer.body) }
    expect(line).toMatchObject(sizes)
    for (const path of ['/openapi.json', '/docs', '/docs/assets/swagger-ui.css', '/oauth/jwks']) {
      const { headers, text } = await request(api.url + path)
      expect(await lineOf(headers)).toMatchObject({ bytesIn: 0, bytesOut: Buffer.byteLength(text) })
      expect(text.length, path).toBeGreaterThan(100)
    }
  })

  it('are those of a tRPC answer, a form of OAuth and a file', async () => {
    const person = await world.createPerson()
    const { cookie } = person
    const called = await request(`${api.url}/trpc/auth.session`, { cookie })
    const form = { grant_type: 'client_credentials', client_id: crypto.randomUUID() }
    const refused = await postForm(`${api.url}/oauth/token`, form)
    expect([called.status, refused.status]).toEqual([200, 401])
    for (const { headers, text } of [called, refused]) {
      expect(await lineOf(headers)).toMatchObject({ bytesOut: Buffer.byteLength(text) })
    }
    const sent = Buffer.byteLength(new URLSearchParams(form).toString())
    expect(await lineOf(refused.headers)).toMatchObject({ route: '/oauth/token', bytesIn: sent })
  })

  it('are nothing where there is no body', async () => {
    const head = await request(`${api.url}/openapi.json`, { method: 'HEAD' })
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1_000)
    expect(await lineOf(head.headers)).toMatchObject({ status: 200, bytesOut: 0 })
  })
})

describe('one line, however a request ends', () => {
  const address = '127.0.0.1'
  const nothing = { method: null, route: null, userId: null, traceId: null }

  it.each([
    ['no request at all', 'NONSENSE\r\n\r\n', 400, 'HPE_INVALID_METHOD'],
    ['an unknown method', `FOO / HTTP/1.1\r\nHost: x\r\n\r\n`, 400, 'HPE_INVALID_METHOD'],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'HPE_UNEXPECTED_CONTENT_LENGTH',
    ],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'HPE_HEADER_OVERFLOW',
    ],
    ['a tunnel', 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n', 400, 'CONNECT'],
  ])('%s', async (_name, message, status, broken) => {
    const answer = await exchange(api.url, message)
    expect(answer.status).toBe(status)
    const problem = JSON.parse(answer.body)
    expect(problem.requestId).toBe(answer.headers['x-request-id'])
    const bytesOut = Buffer.byteLength(answer.body)
    expect(await lineOf(answer.headers)).toMatchObject({
      ...nothing,
      status,
      broken,
      address,
      bytesOut,
    })
  })

  it('a tunnel whose caller resets the connection, which ends that alone', async () => {
    const from = '127.0.0.6'
    for (let time = 0; time < 20; time += 1) {
      const { socket, ended } = await openSocket(api.url, from)
      socket.write('CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n')
      setTimeout(() => socket.resetAndDestroy(), time % 5)
      await ended
    }
    const lines = () => requestLines().filter((line) => line['address'] === from)
    await expect.poll(() => lines().length).toBeGreaterThan(0)
    expect((await request(`${api.url}/healthz`)).status).toBe(200)
  })

  it('an expectation that nobody meets, past no limit and no other hook', async () => {
    const answer = await exchangeRequest(api.url, 'GET /healthz', ['Expect: 200-ok'])
    expect(answer.status).toBe(400)
    expect(answer.headers).toHaveProperty('x-frame-options')
    expect(await lineOf(answer.headers)).toMatchObject({ route: '/healthz', status: 400 })
    const going = await exchangeRequest(api.url, 'GET /healthz', ['Expect: 100-Continue'])
    expect(going.text).toMatch(/^HTTP\/1\.1 100 .*\r\n\r\nHTTP\/1\.1 200 /s)
  })

  it('a body that breaks the protocol, under the id that was answered', async () => {
    const from = '127.0.0.7'
    const { socket, text, ended } = await openSocket(api.url, from)
    const { host } = new URL(api.url)
    const head = `POST /api/auth/login HTTP/1.1\r\nHost: ${host}\r\n`
    socket.write(
      `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    )
    await ended
    expect(text()).toMatch(/^HTTP\/1\.1 400 /)
    const lines = () => requestLines().filter((line) => line['address'] === from)
    const id = /x-request-id: (\S+)/i.exec(text())?.[1]
    const line = { requestId: id, route: '/api/auth/login', status: 400, method: 'POST' }
    await expect.poll(lines).toMatchObject([line])
  })

  it('a caller who leaves while the handler is at work, and one who leaves it all behind', async () => {
    const person = await world.createPerson()
    const orderId = await world.createOrder(person)
    const left = await leaveWhileHeld(person, orderId)
    expect(left).toMatchObject({ msg: 'request aborted', status: 499, userId: person.id })
    expect(left?.['durationMs']).toBeGreaterThan(0)
  })

  it('each of those that came in one packet, when their caller leaves', async () => {
    const from = '127.0.0.8'
    const { socket } = await openSocket(api.url, from)
    const { host } = new URL(api.url)
    const one = `GET /api/auth/session HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    socket.write(one.repeat(20))
    const lines = () => requestLines().filter((line) => line['address'] === from)
    setTimeout(() => socket.destroy(), 20)
    await expect.poll(lines).toHaveLength(20)
    expect(new Set(lines().map(({ requestId }) => requestId)).size).toBe(20)
  })
})

/** A change that waits for a row which the test holds; its caller leaves meanwhile. */
async function leaveWhileHeld(person: Person, orderId: number): Promise<Line | undefined> {
  const from = '127.0.0.9'
  const { host } = new URL(api.url)
  const lines = () => requestLines().filter((line) => line['address'] === from)
  const admin = openSql(api.database.adminUrl)
  const others = 'pg_stat_activity WHERE datname = current_database() AND'
  const waitsFor = (condition: string) =>
    expect
      .poll(async () => (await admin.run(`SELECT 1 FROM ${others} ${condition}`)).length)
      .toBe(1)
  const hold = `SELECT pg_sleep(120) FROM (SELECT id FROM orders WHERE id = ${orderId} FOR UPDATE) AS held`
  const held = admin.run(hold).catch(() => {})
  await waitsFor("query LIKE '%AS held' AND state = 'active'")
  const { socket } = await openSocket(api.url, from)
  const body = JSON.stringify({ note: 'x' })
  const head = `PATCH /api/orders/${orderId} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${person.cookie}\r\n`
  const type = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
  socket.write(`${head}${type}\r\n${body}`)
  await waitsFor("wait_event_type = 'Lock'")
  socket.destroy()
  await expect.poll(lines).toHaveLength(1)
  await admin.run(`SELECT pg_cancel_backend(pid) FROM ${others} query LIKE '%AS held'`)
  await held
  await waitsUntilNone(() => admin.run(`SELECT 1 FROM ${others} wait_event_type = 'Lock'`))
  await admin.close()
  // What the handler does afterwards adds none.
  expect(lines()).toHaveLength(1)
  return lines()[0]
}

const waitsUntilNone = (read: () => Promise<readonly unknown[]>) =>
  expect.poll(async () => (await read()).length).toBe(0)
