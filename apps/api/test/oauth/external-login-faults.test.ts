import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback } from '../support/listen-on-loopback.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import {
  clientSecret,
  createVisit,
  type ExternalLoginBench,
  useExternalLogin,
} from '../support/use-external-login.ts'

let bench: ExternalLoginBench

useExternalLogin((made) => {
  bench = made
})

async function comeBack() {
  const id = randomUUID()
  bench.acme.person = { sub: id, email: `${id}@elsewhere.test`, email_verified: true }
  const visit = createVisit(bench)
  return { visit, callback: await visit.answer(await visit.begin('acme')) }
}

async function timed<T>(task: () => Promise<T>) {
  const start = performance.now()
  return { result: await task(), seconds: (performance.now() - start) / 1_000 }
}

describe('a token endpoint', () => {
  it.each([
    ['that fails', { status: 500, body: { error: 'server_error' } }],
    ['that does not know our secret', { status: 401, body: { error: 'invalid_client' } }],
    ['that sends something else', { status: 200, body: { hello: 'world' } }],
  ])(
    '%s: nobody is signed in, no secret is logged, and the next log-in works',
    async (_, answer) => {
      const { visit, callback } = await comeBack()
      bench.acme.change = () => answer
      const page = await visit.arrive(callback)
      expect(page.status).toBe(answer.status === 200 ? 400 : 503)
      bench.acme.change = (same) => same
      const logged = JSON.stringify(bench.api.log())
      for (const secret of [clientSecret, callback.searchParams.get('code') ?? '']) {
        expect(logged).not.toContain(secret)
      }
      const next = await comeBack()
      expect((await next.visit.arrive(next.callback)).status).toBe(200)
    },
  )

  it('that hangs: 503 within seconds, and everybody else goes on', async () => {
    const { visit, callback } = await comeBack()
    bench.acme.change = (answer) => new Promise((resolve) => setTimeout(resolve, 8_000, answer))
    const hanging = timed(() => visit.arrive(callback))
    expect((await request(`${bench.origin}/healthz`)).status).toBe(200)
    const { result, seconds } = await hanging
    expect([result.status, seconds < 5]).toEqual([503, true])
    bench.acme.change = (answer) => answer
  })
})

describe('a provider', () => {
  let api: TestApi
  let answer: () => { readonly status: number; readonly body: string } | null
  const server = createServer((_request, response) => {
    const { status, body } = answer() ?? {}
    if (status !== undefined) response.writeHead(status, { 'content-type': 'application/json' })
    if (status !== undefined) response.end(body)
  })
  let issuer = ''
  let close = async () => {}

  beforeAll(async () => {
    const listening = await listenOnLoopback(server)
    issuer = listening.origin
    close = listening.close
    api = await startApi({
      environment: {
        ...provider('DOWN', 'http://127.0.0.1:9'),
        ...provider('ODD', issuer),
      },
    })
  })
  afterAll(async () => {
    await api.close()
    await close()
  })

  const provider = (name: string, url: string) => ({
    [`OIDC_${name}_ISSUER`]: url,
    [`OIDC_${name}_CLIENT_ID`]: 'rampart',
    [`OIDC_${name}_CLIENT_SECRET`]: clientSecret,
  })
  const metadata = (changes: object) =>
    JSON.stringify({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      ...changes,
    })

  it('that is down keeps nothing from starting, and answers 503', async () => {
    const page = await request(`${api.url}/login/down`)
    expect([page.status, page.headers.get('set-cookie')]).toEqual([503, null])
    expect(page.text).not.toContain('127.0.0.1')
    expect((await request(`${api.url}/readyz`)).status).toBe(200)
  })

  const oddities: readonly [what: string, status: number, body: () => string][] = [
    ['that fails', 500, () => '{}'],
    ['that sends no JSON', 200, () => '<html>'],
    ['that says it is another (issuer)', 200, () => metadata({ issuer: 'https://evil.test' })],
    ['that has no endpoint to go to', 200, () => metadata({ authorization_endpoint: undefined })],
  ]

  it.each(oddities)('%s: 503', async (_, status, body) => {
    answer = () => ({ status, body: body() })
    expect((await request(`${api.url}/login/odd`)).status).toBe(503)
  })

  it.each(['token_endpoint', 'jwks_uri'])('that has no %s: 503', async (name) => {
    answer = () => ({ status: 200, body: metadata({ [name]: undefined }) })
    expect((await request(`${api.url}/login/odd`)).status).toBe(503)
  })

  it('that hangs: 503 within seconds, for many at once too; it works as soon as it is mended', async () => {
    answer = () => null
    const many = () =>
      Promise.all([1, 2, 3].map(() => request(`${api.url}/login/odd`).then(({ status }) => status)))
    const { result, seconds } = await timed(many)
    expect([result, seconds < 5]).toEqual([[503, 503, 503], true])
    answer = () => ({ status: 200, body: metadata({}) })
    expect((await request(`${api.url}/login/odd`)).status).toBe(303)
  })
})
