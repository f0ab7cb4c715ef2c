import { decodeJwt } from 'jose'
import * as oauth from 'openid-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openSession, type Person } from '../support/create-world.ts'
import { ask, discover, errorOf, exchange, follow, obtain } from '../support/oauth-flows.ts'
import { request } from '../support/request.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let person: Person
let config: oauth.Configuration

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
  config = await discover(made, await made.createClient())
})

// The provider has no clock but the process's own: only Date is moved, timers run on.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now(), shouldAdvanceTime: true })
})
afterEach(() => {
  vi.useRealTimers()
})
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000)

const minute = 60
const day = 24 * 60 * minute

/** Somebody in a session that began now. */
const enter = async (): Promise<Person> => ({
  ...person,
  cookie: await openSession(bench.api, person.id),
})

describe('an access token (G02)', () => {
  it('says that it lives 900 seconds, and is refused a second after them', async () => {
    const { access_token: token, expires_in: seconds } = await obtain(bench, config, await enter())
    const { iat = 0, exp = 0 } = decodeJwt(token)
    expect([exp - iat, seconds]).toEqual([900, 900])
    pass(15 * minute - 5)
    expect(await useToken(bench.api, token, person)).toBe(200)
    pass(6)
    expect(await useToken(bench.api, token, person)).toBe(401)
  })

  it('of a service lives as long', async () => {
    const client = await bench.createService()
    const own = await discover(bench, client)
    const { access_token: token } = await oauth.clientCredentialsGrant(own, {
      scope: 'order:read:own',
    })
    const { iat = 0, exp = 0 } = decodeJwt(token)
    expect(exp - iat).toBe(900)
    expect(await useToken(bench.api, token, client)).toBe(200)
    pass(15 * minute + 1)
    expect(await useToken(bench.api, token, client)).toBe(401)
  })
})

describe('a refresh token (G03)', () => {
  const start = async () => (await obtain(bench, config, await enter())).refresh_token ?? ''

  it('says that it lives 7 days, and is refused after them', async () => {
    const server = await discover(
      bench,
      await bench.createClient({ kind: 'server', name: 'Server' }),
    )
    const { refresh_token: token = '' } = await obtain(bench, server, await enter())
    const { exp = 0, iat = 0 } = await oauth.tokenIntrospection(server, token)
    expect(exp - iat).toBe(7 * day)
    pass(7 * day - 5)
    expect((await oauth.tokenIntrospection(server, token)).active).toBe(true)
    pass(6)
    expect(await oauth.tokenIntrospection(server, token)).toEqual({ active: false })
    expect(await errorOf(oauth.refreshTokenGrant(server, token))).toBe('invalid_grant')
  })

  it('begins its 7 days anew when it is used, until its family is 30 days old', async () => {
    let token = await start()
    for (let days = 6; days <= 24; days += 6) {
      pass(6 * day)
      token = (await oauth.refreshTokenGrant(config, token)).refresh_token ?? ''
    }
    pass(6 * day - minute)
    token = (await oauth.refreshTokenGrant(config, token)).refresh_token ?? ''
    pass(2 * minute)
    expect(await errorOf(oauth.refreshTokenGrant(config, token))).toBe('invalid_grant')
  })
})

describe('a code', () => {
  it('is good for a minute', async () => {
    const [own, other] = [await ask(config), await ask(config)]
    const entered = await enter()
    const [answer, late] = [await follow(bench, own, entered), await follow(bench, other, entered)]
    pass(minute - 5)
    expect((await exchange(config, own, answer)).access_token).toBeTruthy()
    pass(6)
    expect(await errorOf(exchange(config, other, late))).toBe('invalid_grant')
  })
})

describe('a secret that was replaced', () => {
  it('is good for another day, beside the new one', async () => {
    const client = await bench.createClient({ kind: 'server', name: 'Server' })
    const { clients } = bench.api
    const { secret } = await clients.rotateSecret(client.id)
    const accepts = async (tried: string) => {
      const own = await discover(bench, { id: client.id, secret: tried })
      return (await errorOf(oauth.refreshTokenGrant(own, 'none'))) === 'invalid_grant'
    }
    expect([await accepts(client.secret), await accepts(secret)]).toEqual([true, true])
    pass(day + 1)
    expect([await accepts(client.secret), await accepts(secret)]).toEqual([false, true])
  })
})

it('an ID token lives as long as the access token beside it', async () => {
  const tokens = await obtain(bench, config, await enter())
  const { iat = 0, exp = 0 } = tokens.claims() ?? {}
  expect(exp - iat).toBe(900)
})

it('the keys are known to whoever asks for them', async () => {
  const { body } = await request(`${bench.origin}/oauth/jwks`)
  expect(body?.['keys']).toEqual([
    {
      kty: 'RSA',
      use: 'sig',
      alg: 'RS256',
      e: 'AQAB',
      kid: expect.any(String),
      n: expect.any(String),
    },
  ])
})
