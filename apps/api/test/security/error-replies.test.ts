import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { publicProcedure } from '../../src/procedures/doors.ts'
import { noInput, nothing } from '../../src/procedures/nothing.ts'
import { rest } from '../../src/procedures/rest.ts'
import { router } from '../../src/procedures/trpc.ts'
import type { World } from '../support/create-world.ts'
import { exchange, exchangeRequest, type RawAnswer } from '../support/exchange.ts'
import { problemOf } from '../support/problem-of.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let cookie: string

useWorld(async (made) => {
  ;({ api, world } = made)
  cookie = `Cookie: ${(await world.createPerson()).cookie}`
})

const canary = 'canary5f3a'
const json = 'Content-Type: application/json'
const inner = /\bstack\b|node_modules|\.ts\b|prisma|postgres|fastify|FST_|P20\d\d|TRPCError/i

const parse = (body: string): unknown => JSON.parse(body)

/** A problem document with every field it must have, and nothing of the caller's or of our inside. */
function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status, answer.text).toBe(status)
  const isTrpc = answer.body.includes('"error":')
  const type = isTrpc ? /^application\/json/ : /^application\/problem\+json/
  expect(answer.headers['content-type']).toMatch(type)
  const [first] = [parse(dechunk(answer))].flat()
  const problem = problemOf(first)
  expect(problem).toMatchObject({ type: `urn:rampart:problem:${code}`, status, code })
  expect(problem?.title).toMatch(/^[A-Z]/)
  expect(problem?.detail).toMatch(/\.$/)
  expect(problem?.requestId).toBe(answer.headers['x-request-id'] ?? 'none')
  expect(answer.text).not.toContain(canary)
  expect(answer.text).not.toMatch(inner)
}

function dechunk({ headers, body }: RawAnswer): string {
  if (headers['transfer-encoding'] !== 'chunked') return body
  return body.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, '').trim()
}

const post = (body: string, path = '/api/auth/login') =>
  exchangeRequest(api.url, `POST ${path}`, [json], body)
const get = (path: string, headers: readonly string[] = []) =>
  exchangeRequest(api.url, `GET ${path}`, [cookie, ...headers])

describe('nothing of the request comes back', () => {
  const told = `X-Told: ${canary}`
  it.each<[string, number, string, () => Promise<RawAnswer>]>([
    ['the path', 404, 'not_found', () => get(`/${canary}`)],
    ['the path below /api', 404, 'not_found', () => get(`/api/${canary}`)],
    ['the path below /docs', 404, 'not_found', () => get(`/docs/assets/${canary}`)],
    ['the name of a procedure', 404, 'not_found', () => get(`/trpc/${canary}`)],
    ['an id', 400, 'invalid_input', () => get(`/api/orders/${canary}`)],
    ['an unreadable path', 400, 'bad_request', () => get(`/${canary}%ff`)],
    ['a long path', 400, 'invalid_input', () => get(`/api/orders/${canary.repeat(900)}`)],
    ['the query', 404, 'not_found', () => get(`/nowhere?x=${canary}`)],
    ['the input in a query', 400, 'bad_request', () => get(`/trpc/orders.get?input=${canary}`)],
    ['a cursor', 400, 'invalid_input', () => get(`/api/organizations?cursor=${canary}`)],
    ['a number', 400, 'invalid_input', () => get(`/api/organizations?limit=${canary}`)],
    ['a header', 404, 'not_found', () => get('/nowhere', [told])],
    ['the host', 421, 'misdirected_request', () => get('/', [`Host: ${canary}.test`])],
    [
      'the organization',
      404,
      'not_found',
      () => get('/api/orders/1', [`x-organization-id: ${canary}`]),
    ],
    [
      'a token',
      400,
      'two_credentials',
      () => get('/api/orders/1', [`Authorization: Bearer ${canary}`]),
    ],
    [
      'the origin',
      403,
      'cross_site_request',
      () => exchangeRequest(api.url, 'POST /api/auth/logout', [`Origin: https://${canary}.test`]),
    ],
    ['the method', 400, 'bad_request', () => exchange(api.url, `${canary} / HTTP/1.1\r\n\r\n`)],
    [
      'the content type',
      415,
      'unsupported_media_type',
      () => exchangeRequest(api.url, 'POST /api/auth/login', [`Content-Type: text/${canary}`], 'x'),
    ],
    [
      'a value',
      400,
      'invalid_input',
      () => post(JSON.stringify({ email: canary, password: canary })),
    ],
    [
      'a value in tRPC',
      400,
      'invalid_input',
      () => post(JSON.stringify({ email: canary, password: 1 }), '/trpc/auth.login'),
    ],
    [
      'a log-in',
      401,
      'invalid_credentials',
      () => post(JSON.stringify({ email: `${canary}@a.test`, password: canary })),
    ],
    ['broken JSON', 400, 'bad_request', () => post(`{"${canary}`)],
    ['broken JSON in tRPC', 400, 'bad_request', () => post(`{"${canary}`, '/trpc/auth.login')],
  ])('%s', async (_name, status, code, ask) => {
    expectProblem(await ask(), status, code)
  })
})

describe('another method is refused by 405 with Allow', () => {
  it.each([
    ['PUT /api/orders/1', 'GET, HEAD, PATCH, DELETE'],
    ['OPTIONS /api/orders/1', 'GET, HEAD, PATCH, DELETE'],
    ['TRACE /api/auth/login', 'POST'],
    ['GET /api/auth/login', 'POST'],
    ['PROPFIND /api/organizations', 'GET, HEAD, POST'],
    ['QUERY /api/organizations', 'GET, HEAD, POST'],
    ['PUT /trpc/orders.get', 'GET, POST'],
    ['HEAD /trpc/orders.get', 'GET, POST'],
    ['GET /trpc/orders.create', 'POST'],
    ['POST /healthz', 'GET, HEAD'],
    ['DELETE /openapi.json', 'GET, HEAD'],
    ['PATCH /docs', 'GET, HEAD'],
    ['POST /docs/assets/swagger-ui.css', 'GET, HEAD'],
  ])('%s', async (line, allow) => {
    const answer = await exchangeRequest(api.url, line, [cookie])
    const names = answer.headers['allow']?.split(', ').toSorted()
    expect(names).toEqual(allow.split(', ').toSorted())
    if (line.startsWith('HEAD')) expect(answer.status).toBe(405)
    else expectProblem(answer, 405, 'method_not_allowed')
  })
})

const getInput = (input: string) =>
  get(`/trpc/orders.get?input=${input.replaceAll('"', '%22').replaceAll('{', '%7B')}`)

const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const deepObject = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
const large = JSON.stringify({ email: 'a@b.test', password: 'x'.repeat(101 * 1024) })

describe.each([
  ['REST', '/api/auth/login'],
  ['tRPC', '/trpc/auth.login'],
])('a hostile body, by %s', (_name, path) => {
  it.each<[string, string, number]>([
    ['101 KiB', large, 413],
    ['120 000 deep', deep(120_000), 413],
    ['50 000 deep', deep(50_000), 400],
    ['objects 15 000 deep', deepObject(15_000), 400],
    ['broken', '{"email":', 400],
    ['empty', '', 400],
    ['not UTF-8', '{"email":"\xff\xfe"}', 400],
    ['a byte order mark and no more', '\ufeff', 400],
    ['an array', '[]', 400],
    ['a string', '"text"', 400],
    ['a number', '1', 400],
    ['null', 'null', 400],
    ['1e400', '{"email":"a@b.test","password":1e400}', 400],
    ['past 2^53', '{"email":"a@b.test","password":9007199254740993}', 400],
    ['NUL', '{"email":"a@b.test","password":"\\u0000"}', 400],
    ['a lone surrogate', '{"email":"a@b.test","password":"\\ud800"}', 400],
    ['a lone surrogate for a name', '{"\\udfff":1}', 400],
    ['__proto__', '{"__proto__":{"email":"a@b.test"}}', 400],
    ['constructor.prototype', '{"constructor":{"prototype":{"x":1}}}', 400],
    ['__proto__, deeper', '{"email":{"a":[{"__proto__":{}}]}}', 400],
    ['a name twice', '{"email":"a@b.test","password":"x","password":"x"}', 400],
    ['a name twice, spelt in two ways', '{"email":"a@b.test","e\\u006dail":"b@b.test"}', 400],
    ['a name twice, deeper', '{"email":[{"a":1,"b":{},"a":1}]}', 400],
    ['a thousand fields', `{${Array.from({ length: 1_001 }, (_, at) => `"f${at}":1`)}}`, 400],
  ])('%s', async (_kind, body, status) => {
    const answer = await post(body, path)
    expect(answer.status, answer.text.slice(0, 500)).toBe(status)
    expect([...answer.text.matchAll(/"code":"(\w+)"/g)].flat().join()).toMatch(
      /payload_too_large|invalid_input|bad_request/,
    )
    expect(answer.text).not.toMatch(inner)
    expect(answer.text.length).toBeLessThan(20_000)
  })

  it('is followed by a good one', async () => {
    const answer = await post('{"email":"nobody@b.test","password":"x"}', path)
    expect(answer.status).toBe(401)
    expect(Object.prototype).not.toHaveProperty('email')
  })
})

describe('a hostile request', () => {
  const login = 'POST /api/auth/login'
  it.each<[string, number, () => Promise<RawAnswer>]>([
    [
      '3 000 headers',
      431,
      () =>
        get(
          '/healthz',
          Array.from({ length: 3_000 }, (_, at) => `X-${at}: 1`),
        ),
    ],
    ['a long header', 431, () => get('/healthz', [`X-Long: ${'x'.repeat(17_000)}`])],
    ['a URL past the headers', 431, () => get(`/${'x'.repeat(17_000)}`)],
    ['a long query', 400, () => get(`/api/organizations?cursor=${'x'.repeat(9_000)}`)],
    ['a name twice in the query', 400, () => get('/api/organizations?limit=1&limit=2')],
    ['a name in path and query', 400, () => get('/api/orders/1?orderId=2')],
    ['__proto__ in the query', 400, () => get('/api/organizations?__proto__=1')],
    ['constructor in the query', 400, () => get('/api/organizations?constructor=1')],
    ['brackets in the query', 400, () => get('/api/organizations?limit[]=1')],
    ['NUL in the path', 400, () => get('/api/orders/%00')],
    ['NUL in the query', 400, () => get('/api/organizations?cursor=%00')],
    ['a surrogate in the path', 400, () => get('/api/users/%ed%a0%80')],
    ['half an escape in the path', 400, () => get('/api/orders/%f')],
    ['a path climbing', 404, () => get('/api/../../etc/passwd')],
    ['a path climbing in /docs', 404, () => get('/docs/assets/..%2f..%2fpackage.json')],
    ['another host in the line', 400, () => get('http://evil.test/api/orders/1')],
    [
      'an expectation nobody meets',
      400,
      () => exchangeRequest(api.url, 'GET /healthz', ['Expect: bogus']),
    ],
    [
      'both lengths',
      400,
      () =>
        exchangeRequest(
          api.url,
          login,
          [json, 'Transfer-Encoding: chunked', 'Content-Length: 3'],
          '0\r\n\r\n',
        ),
    ],
    [
      'two lengths',
      400,
      () =>
        exchangeRequest(api.url, login, [json, 'Content-Length: 2', 'Content-Length: 3'], '{} '),
    ],
    [
      'a length that is none',
      400,
      () => exchangeRequest(api.url, login, [json, 'Content-Length: x'], '{}'),
    ],
    ['a line without a colon', 400, () => get('/healthz', ['Nonsense'])],
    ['a folded header', 400, () => get('/healthz', ['X-Folded: a\r\n b\x00'])],
    ['two hosts', 400, () => get('/api/orders/1', ['Host: 127.0.0.1', 'Host: 127.0.0.1'])],
    ['a batch that is none', 400, () => get('/trpc/orders.get?batch=1&input=[]')],
    ['an input twice', 400, () => getInput('{"orderId":1}&input={"orderId":1}')],
    ['a name twice in an input', 400, () => getInput('{"orderId":1,"orderId":1}')],
    ['a batch told twice', 400, () => getInput('{"0":{"orderId":1}}&batch=1&batch=1')],
    ['a name twice in a batch', 400, () => getInput('{"0":{"orderId":1,"orderId":1}}&batch=1')],
    ['__proto__ in an input', 400, () => getInput('{"orderId":1,"__proto__":{}}')],
    ['an input deep as can be', 400, () => getInput(deep(7_000))],
  ])('%s', async (_name, status, ask) => {
    const answer = await ask()
    expect(answer.status, answer.text.slice(0, 500)).toBe(status)
    expect(answer.text).toMatch(/"requestId":"[\w-]+"/)
    expect(answer.text).not.toMatch(inner)
  })
})

it('is answered when it is whole: an order that is nobody’s', async () => {
  expectProblem(await getInput('{"orderId":1}'), 404, 'not_found')
  expectProblem(await get('/api/orders/1'), 404, 'not_found')
  expect((await get('/api/organizations?limit=1')).status).toBe(200)
})

describe('a fault of our own', () => {
  const faulty = router({
    boom: publicProcedure('standard')
      .meta(rest('GET /boom', 'Fails'))
      .input(noInput)
      .output(nothing)
      .query(() => {
        throw new Error(`relation "${canary}" does not exist`)
      }),
  })

  it.each(['/api/boom', '/trpc/boom'])(
    'tells the caller of %s nothing, and the log all',
    async (path) => {
      const broken = await startApi({ router: faulty })
      try {
        expectProblem(await exchangeRequest(broken.url, `GET ${path}`), 500, 'internal')
        const line = broken.log().find(({ level }) => level === 'error')
        expect(JSON.stringify(line)).toContain(canary)
      } finally {
        await broken.close()
      }
    },
  )
})

describe('what no schema thinks of', () => {
  const open = router({
    things: router({
      create: publicProcedure('standard')
        .meta(rest('POST /things', 'Takes a text'))
        .meta({ holdsSecret: false })
        .input(z.strictObject({ thing: z.string().max(100) }))
        .output(nothing)
        .mutation(() => {}),
    }),
  })

  it.each<[string, string, number]>([
    ['a text', '"a b"', 201],
    ['NUL', String.raw`"a\u0000b"`, 400],
    ['half a character', String.raw`"\ud800"`, 400],
  ])('%s: %s is answered with %i', async (_name, thing, status) => {
    const api = await startApi({ router: open })
    try {
      const body = `{"thing":${thing}}`
      const answer = await exchangeRequest(api.url, 'POST /api/things', [json], body)
      expect(answer.status, answer.text).toBe(status)
    } finally {
      await api.close()
    }
  })
})
