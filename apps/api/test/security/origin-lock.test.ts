import { randomBytes } from 'node:crypto'
import { Secret } from '@repo/config'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { originLock } from '../../src/edge/origin-lock.ts'
import type { World } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import { problemOf } from '../support/problem-of.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { watchWork } from '../support/watch-work.ts'

const [current, next] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
const environment = {
  TRUSTED_PROXIES: '127.0.0.1/32, cloudflare',
  ORIGIN_SECRETS: `${current},${next}`,
  CORS_ORIGINS: 'https://app.acme.test',
}

let api: TestApi
let world: World

useWorld(
  (made) => {
    ;({ api, world } = made)
  },
  { environment },
)

const known = [`X-Origin-Secret: ${current}`]
const ask = (line: string, headers: readonly string[] = [], body = '') =>
  exchangeRequest(api.url, line, headers, body)
const codeOf = ({ body }: { readonly body: string }) => problemOf(JSON.parse(body))?.code

describe('behind a CDN, who comes past it', () => {
  it.each([
    ['GET /api/auth/session', 401],
    ['GET /trpc/auth.session', 401],
    ['GET /nowhere', 404],
    ['PUT /api/orders/1', 405],
    ['GET /api/orders/%ff', 400],
    ['GET /oauth/jwks', 200],
    ['GET /.well-known/openid-configuration', 200],
    ['GET /.well-known/security.txt', 200],
    ['GET /openapi.json', 200],
    ['GET /docs', 200],
    ['POST /api/auth/login', 400],
    ['POST /oauth/token', 400],
    ['POST /healthz', 405],
    ['GET /healthz/', 404],
    ['GET //healthz', 404],
    ['HEAD /docs', 200],
  ])('gets 403 for %s, where the CDN gets %i', async (line, status) => {
    const refused = await ask(line)
    expect(refused.status).toBe(403)
    if (!line.startsWith('HEAD')) expect(codeOf(refused)).toBe('not_through_cdn')
    expect(refused.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect((await ask(line, known)).status).toBe(status)
  })

  it('is told nothing by a preflight', async () => {
    const preflight = ['Origin: https://app.acme.test', 'Access-Control-Request-Method: POST']
    const refused = await ask('OPTIONS /api/auth/login', preflight)
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([
      403,
      undefined,
    ])
    expect((await ask('OPTIONS /api/auth/login', [...preflight, ...known])).status).toBe(204)
  })

  it.each([
    ['none', []],
    ['an empty one', ['X-Origin-Secret:']],
    ['another one', [`X-Origin-Secret: ${'0'.repeat(64)}`]],
    ['the start of one', [`X-Origin-Secret: ${current.slice(0, -1)}`]],
    ['one and more', [`X-Origin-Secret: ${current}0`]],
    ['one in capitals', [`X-Origin-Secret: ${current.toUpperCase()}!`]],
    ['both', [`X-Origin-Secret: ${current},${next}`]],
    ['a wrong one before the right one', ['X-Origin-Secret: x', ...known]],
    ['a wrong one after the right one', [...known, 'X-Origin-Secret: x']],
    ['one under another name', [`X-Origin_Secret: ${current}`, `Origin-Secret: ${current}`]],
    ['one as a credential', [`Authorization: Bearer ${current}`]],
    ['one in a cookie', [`Cookie: x-origin-secret=${current}`]],
  ])('is refused with %s', async (_name, headers) => {
    const refused = await ask('GET /api/auth/session', headers)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'not_through_cdn'])
  })

  it('is refused with one in the URL', async () => {
    expect((await ask(`GET /api/auth/session?x-origin-secret=${current}`)).status).toBe(403)
  })

  it.each([
    ['the current one', current],
    ['the next one', next],
  ])('is the CDN itself, with %s', async (_name, secret) => {
    expect((await ask('GET /api/auth/session', [`X-ORIGIN-SECRET: ${secret}`])).status).toBe(401)
  })

  it('is answered as an orchestrator is', async () => {
    for (const line of ['GET /healthz', 'GET /readyz', 'HEAD /healthz', 'HEAD /readyz']) {
      expect((await ask(line)).status, line).toBe(200)
    }
  })

  it('is answered to a tRPC client in the form that it reads', async () => {
    const { error } = JSON.parse((await ask('GET /trpc/auth.session')).body)
    expect(error.data).toMatchObject({ code: 'NOT_THROUGH_CDN', httpStatus: 403 })
  })

  it('costs no work: no look-up, no hash', async () => {
    const { cookie, email } = await world.createPerson()
    const work = watchWork()
    const body = JSON.stringify({ email, password: 'a guess' })
    const json = ['Content-Type: application/json']
    const calls = (headers: readonly string[]) => [
      ask('GET /api/auth/session', [`Cookie: ${cookie}`, ...headers]),
      ask('GET /api/orders/1', [`Authorization: Bearer rk_${'x'.repeat(40)}`, ...headers]),
      ask('POST /api/auth/login', [...json, ...headers], body),
    ]
    work.take()
    const refused = await Promise.all(calls([]))
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403])
    expect([work.take(), work.takeStatements()]).toEqual([{ hashes: 0, statements: [] }, []])
    const answered = await Promise.all(calls(known))
    expect(answered.map(({ status }) => status)).toEqual([200, 401, 401])
    expect(work.take()).toMatchObject({ hashes: expect.toSatisfy((hashes) => hashes > 0) })
  })

  it('is in the log, as refused', async () => {
    const { headers } = await ask('GET /api/auth/session')
    const line = () => api.log().findLast(({ requestId }) => requestId === headers['x-request-id'])
    await expect.poll(line).toMatchObject({ route: '/api/auth/session', status: 403, userId: null })
  })
})

describe('the secret of the origin', () => {
  it('is in no answer and in no line of the log', async () => {
    const { cookie } = await world.createPerson()
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const asked: readonly (readonly [path: string, asked: Parameters<typeof request>[1]])[] = [
      ['/api/auth/session', { cookie }],
      ['/trpc/auth.session', { cookie }],
      ['/api/auth/login', { ...json, body: '{' }],
      ['/api/auth/login', { ...json, body: { email: 1 } }],
      ['/trpc/auth.login', { ...json, body: '{' }],
      ['/oauth/authorize?client_id=x', {}],
      ['/oauth/token', json],
      ['/nowhere', {}],
      ['/docs', { method: 'TRACE' }],
    ]
    const told: string[] = []
    for (const [path, { headers, ...rest } = {}] of asked) {
      for (const secret of [current, `${next}0`]) {
        if (rest.method === 'TRACE') {
          told.push((await ask(`TRACE ${path}`, [`X-Origin-Secret: ${secret}`])).text)
          continue
        }
        const sent = { ...headers, 'x-origin-secret': secret }
        const answer = await request(api.url + path, { ...rest, headers: sent })
        told.push(answer.text, JSON.stringify([...answer.headers]))
      }
    }
    const refusals = told.filter((text) => text.includes('not_through_cdn'))
    expect(refusals).toHaveLength(asked.length)
    const lines = () => api.log().filter(({ status }) => status === 403).length
    await expect.poll(lines).toBeGreaterThanOrEqual(asked.length)
    const all = told.join() + JSON.stringify(api.log())
    for (const secret of [current, next]) expect(all).not.toContain(secret)
  })

  it('is taken out of the request: what comes later has nothing to tell', async () => {
    const server = Fastify()
    originLock(server, { config: { originSecrets: [new Secret(current)] } })
    server.get('/', { config: {} }, ({ headers, raw }) => [headers, raw.headers])
    server.get('/probe', { config: { probe: true } }, ({ headers }) => headers)
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const headers = { 'x-origin-secret': current, 'x-other': 'stays' }
    for (const path of ['/', '/probe']) {
      const text = await (await fetch(url + path, { headers })).text()
      expect(text).toContain('stays')
      expect(text).not.toContain(current)
    }
    await server.close()
  })
})
