import { beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { ask, discover, follow } from '../support/oauth-flows.ts'
import { postForm } from '../support/post-form.ts'
import { request } from '../support/request.ts'
import { callback, type OAuthBench, type TestClient, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench
let person: Person

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
})

const own = new URL(callback).origin
const tokenUrl = () => `${bench.origin}/oauth/token`

/** A code of a client, and its exchange by a page of an origin. */
async function takeCode(client: TestClient, redirectUri = callback) {
  const asked = await ask(await discover(bench, client), { redirect_uri: redirectUri })
  const answer = await follow(bench, asked, person)
  const form = {
    grant_type: 'authorization_code',
    client_id: client.id,
    redirect_uri: redirectUri,
    code: answer.searchParams.get('code') ?? '',
    code_verifier: asked.verifier,
  }
  return (origin: string) => postForm(tokenUrl(), form, { headers: { origin } })
}

describe('a page that exchanges a code', () => {
  let client: TestClient
  beforeAll(async () => {
    client = await bench.createClient()
  })

  it.each([
    ['of another origin', 'https://other.test'],
    ['of another client’s origin', 'https://second.test'],
    ['on another port', `${own}:8443`],
    ['by another scheme', own.replace('https', 'http')],
    ['below our host', own.replace('client', 'evil.client')],
    ['under a look-alike', `${own}.evil.test`],
    ['of no origin (a sandboxed frame, a file)', 'null'],
  ])('%s is refused, and the client’s own gets its tokens', async (_what, other) => {
    await bench.createClient({ redirectUris: ['https://second.test/callback'] })
    const spend = await takeCode(client)
    const refused = await spend(other)
    expect([refused.status, refused.body?.['error']]).toEqual([400, 'invalid_request'])
    expect(refused.body?.['access_token']).toBeUndefined()
    expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    // The code is not spent: nothing was done for that page.
    const taken = await spend(own)
    expect(taken.status, taken.text).toBe(200)
    expect(taken.headers.get('access-control-allow-origin')).toBe(own)
    expect(taken.headers.get('access-control-allow-credentials')).toBeNull()
    expect(taken.headers.get('vary')).toMatch(/origin/i)
  })

  it('of the second of two redirect addresses is let in', async () => {
    const second = 'https://second.test/callback'
    const both = await bench.createClient({ redirectUris: [callback, second] })
    const spend = await takeCode(both, second)
    const taken = await spend('https://second.test')
    expect([taken.status, taken.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://second.test',
    ])
  })

  it('of no origin is no program with a scheme of its own, whose origin is `null` too', async () => {
    const redirectUri = 'com.example.app:/callback'
    const native = await bench.createClient({ kind: 'native', redirectUris: [redirectUri] })
    const form = { grant_type: 'refresh_token', client_id: native.id, refresh_token: 'none' }
    const refused = await postForm(tokenUrl(), form, { headers: { origin: 'null' } })
    expect([refused.status, refused.body?.['error']]).toEqual([400, 'invalid_request'])
    expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    // Outside a browser it has no origin, and is told what is wrong.
    expect((await postForm(tokenUrl(), form)).body?.['error']).toBe('invalid_grant')
  })

  it('with a refresh token is held to its origin too', async () => {
    const bought = await (await takeCode(client))(own)
    const form = {
      grant_type: 'refresh_token',
      client_id: client.id,
      refresh_token: String(bought.body?.['refresh_token']),
    }
    const refresh = (origin: string) => postForm(tokenUrl(), form, { headers: { origin } })
    for (const other of ['https://other.test', 'null']) {
      const refused = await refresh(other)
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
        400,
        null,
      ])
    }
    expect((await refresh(own)).status).toBe(200)
  })
})

it('what is for everybody is read from every origin, and never with cookies', async () => {
  for (const path of ['/oauth/jwks', '/.well-known/openid-configuration']) {
    const { headers, status } = await request(bench.origin + path, {
      headers: { origin: 'https://other.test' },
    })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://other.test',
    ])
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  }
})
