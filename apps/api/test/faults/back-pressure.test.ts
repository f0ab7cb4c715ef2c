import { afterAll, beforeAll, expect, test } from 'vitest'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { untilAnswer } from './until-answer.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api?.close())

/** Blocks the event loop of this process, which is the API's too. */
function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

const ask = (path = '/openapi.json') => request(api.url + path)
const isServed = ({ status }: { readonly status: number }) => status === 200

test('a blocked event loop: what is new is refused with Retry-After, and served again when it is well', async () => {
  await untilAnswer(ask, isServed)
  block(8_000)
  // Sent together, while it is late.
  const paths = ['/openapi.json', '/nowhere', '/healthz', '/readyz', '/readyz?exclude=overloaded']
  const [refused, unknown, health, ready, balanced] = await Promise.all(paths.map(ask))
  for (const answer of [refused, unknown]) {
    expect(answer?.status).toBe(503)
    expect(answer?.body).toMatchObject({ code: 'overloaded', status: 503 })
    expect(answer?.headers.get('retry-after')).toBe('2')
    expect(answer?.headers.get('x-content-type-options')).toBe('nosniff')
  }
  expect(health?.status).toBe(200)
  expect(ready?.status).toBe(503)
  expect(ready?.body).toMatchObject({ status: 'unavailable', checks: { overloaded: true } })
  // Taken out by a balancer, it would leave its load to the others.
  expect(balanced?.status).toBe(200)
  expect(balanced?.body).toMatchObject({ status: 'ok', checks: { overloaded: true } })
  await untilAnswer(ask, isServed)
  expect((await ask('/readyz')).body).toMatchObject({ checks: { overloaded: false } })
  const said = api.log().map(({ msg }) => msg)
  expect(said).toContain('the event loop is late: new requests are refused')
  expect(said).toContain('the event loop is well again')
})

test('a short pause refuses nobody', async () => {
  await untilAnswer(ask, isServed)
  block(500)
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask()))
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200))
})
