import { randomUUID } from 'node:crypto'
import { decodeJwt, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Page } from '../support/authorize.ts'
import { request } from '../support/request.ts'
import type { TokenAnswer } from '../support/start-identity-provider.ts'
import {
  clientSecret,
  createVisit,
  type ExternalLoginBench,
  type ExternalVisit,
  useExternalLogin,
} from '../support/use-external-login.ts'

let bench: ExternalLoginBench

useExternalLogin((made) => {
  bench = made
})

beforeEach(() => {
  const id = randomUUID()
  const person = { sub: id, email: `${id}@elsewhere.test`, email_verified: true }
  bench.acme.person = person
  bench.presets.person = { ...person, sub: randomUUID(), hd: 'elsewhere.test' }
  bench.acme.change = (answer) => answer
  bench.presets.change = (answer) => answer
})

/** A visit that stands before its callback. */
async function comeBack(provider: 'acme' | 'google' = 'acme') {
  const visit = createVisit(bench)
  return { visit, callback: await visit.answer(await visit.begin(provider)) }
}

async function expectRefusal(visit: ExternalVisit, page: Page, status = 400): Promise<void> {
  expect(page.status, page.text).toBe(status)
  expect(page.leftTo).toBeNull()
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(visit.agent.cookies()).toEqual([])
  const users = 'SELECT FROM users WHERE email = $1'
  expect(await bench.world.sql.run(users, [bench.acme.person?.['email']])).toEqual([])
}

const changed = (url: URL, change: (query: URLSearchParams) => void) => {
  const copy = new URL(url)
  change(copy.searchParams)
  return copy
}

describe('a callback', () => {
  it('that nobody changed signs in', async () => {
    const { visit, callback } = await comeBack()
    expect((await visit.arrive(callback)).status).toBe(200)
    expect(visit.agent.cookies()).toEqual(['session', 'browser'])
  })

  const changes: readonly [what: string, change: (query: URLSearchParams) => void][] = [
    ['without a state', (query) => query.delete('state')],
    ['with another state', (query) => query.set('state', 'x'.repeat(49))],
    ['with two states', (query) => query.append('state', 'x')],
    ['with the name of another issuer (mix-up)', (query) => query.set('iss', 'https://evil.test')],
    ['without its issuer', (query) => query.delete('iss')],
    ['with two issuers', (query) => query.append('iss', 'https://evil.test')],
    ['without a code', (query) => query.delete('code')],
    ['with a made-up code', (query) => query.set('code', 'made-up')],
    ['with an ID token in the URL', (query) => query.set('id_token', 'a.b.c')],
  ]

  it.each(changes)('%s is refused', async (_, change) => {
    const { visit, callback } = await comeBack()
    await expectRefusal(visit, await visit.arrive(changed(callback, change)))
  })

  it('in another browser is refused', async () => {
    const { callback } = await comeBack()
    const other = createVisit(bench)
    await expectRefusal(other, await other.arrive(callback))
  })

  it('with the cookie of another attempt is refused, though both are good', async () => {
    const victim = await comeBack()
    const attacker = await comeBack()
    await expectRefusal(victim.visit, await victim.visit.arrive(attacker.callback))
  })

  it('with a code that was given to another attempt is refused (PKCE)', async () => {
    const victim = await comeBack()
    const attacker = await comeBack()
    const code = attacker.callback.searchParams.get('code') ?? ''
    const injected = changed(victim.callback, (query) => query.set('code', code))
    await expectRefusal(victim.visit, await victim.visit.arrive(injected))
  })

  it('of one provider at the address of another is refused (mix-up)', async () => {
    const { visit, callback } = await comeBack()
    const other = new URL(callback)
    other.pathname = '/login/google/callback'
    await expectRefusal(visit, await visit.arrive(other))
  })

  it('is good once, with its cookie put back too', async () => {
    const { visit, callback } = await comeBack()
    const cookie = visit.agent.cookie('external-login') ?? ''
    expect((await visit.arrive(callback)).status).toBe(200)
    expect((await visit.arrive(callback)).status).toBe(400)
    visit.agent.setCookie('external-login', cookie)
    expect((await visit.arrive(callback)).status).toBe(400)
  })

  it('comes within ten minutes, or is refused', async () => {
    const { visit, callback } = await comeBack()
    bench.api.moveClock(601)
    await expectRefusal(visit, await visit.arrive(callback))
    bench.api.moveClock(-601)
  })

  it.each([
    ['no cookie', () => ''],
    ['a made-up one', () => 'v1.test.AAAA.BBBB'],
    ['one with a changed letter', (cookie: string) => `${cookie.slice(0, -2)}AA`],
    ['the one of a session', () => 'x'.repeat(49)],
  ])('with %s is refused', async (_, change) => {
    const { visit, callback } = await comeBack()
    const cookie = visit.agent.cookie('external-login') ?? ''
    visit.agent.setCookie('external-login', change(cookie))
    await expectRefusal(visit, await visit.arrive(callback))
  })

  it('of somebody who said no is told so, and nobody is signed in', async () => {
    bench.acme.person = null
    const { visit, callback } = await comeBack()
    expect(callback.searchParams.get('error')).toBe('access_denied')
    const page = await visit.arrive(callback)
    expect([page.status, page.text.includes('did not go on')]).toEqual([401, true])
    expect(visit.agent.cookies()).toEqual([])
  })

  it('with the words of a stranger echoes none of them', async () => {
    const visit = createVisit(bench)
    const words = 'error=%3Cscript%3Ecanary%3C%2Fscript%3E&error_description=canary&state=canary'
    const page = await visit.agent.open(`/login/acme/callback?${words}`)
    await expectRefusal(visit, page)
    expect(page.text).not.toMatch(/canary|<script/)
  })
})

// Of a provider that tells of people in it, so that userinfo has no say.
describe('an ID token', () => {
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
  const sign = (claims: JWTPayload) => bench.presets.sign(claims)

  const forgeries: readonly [
    what: string,
    forge: (claims: JWTPayload, token: string) => Promise<string> | string,
  ][] = [
    ['of another attempt (nonce)', (claims) => sign({ ...claims, nonce: 'another' })],
    ['without a nonce', ({ nonce: _nonce, ...claims }) => sign(claims)],
    ['for another client (aud)', (claims) => sign({ ...claims, aud: 'another' })],
    [
      'for two clients, the other authorized',
      (claims) => sign({ ...claims, aud: ['rampart', 'other'], azp: 'other' }),
    ],
    ['of another issuer', (claims) => sign({ ...claims, iss: bench.acme.issuer })],
    ['that is over', (claims) => sign({ ...claims, exp: Math.floor(Date.now() / 1_000) - 60 })],
    ['without an end', ({ exp: _exp, ...claims }) => sign(claims)],
    ['without a subject', ({ sub: _sub, ...claims }) => sign(claims)],
    ['without a signature', (_claims, token) => `${token.split('.').slice(0, 2).join('.')}.`],
    ['with alg none', (_claims, token) => `${none}.${token.split('.')[1]}.`],
    [
      'with alg none and its signature',
      (_claims, token) => `${none}.${token.split('.').slice(1).join('.')}`,
    ],
    [
      'with the signature of another',
      (claims, token) => {
        const [header, , signature] = token.split('.')
        const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'victim' }))
        return `${header}.${payload.toString('base64url')}.${signature}`
      },
    ],
    [
      'by another key',
      async (claims) => {
        const { privateKey } = await generateKeyPair('RS256')
        return new SignJWT(claims)
          .setProtectedHeader({ alg: 'RS256', kid: 'test' })
          .sign(privateKey)
      },
    ],
    [
      'by the client’s secret',
      (claims) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode(clientSecret)),
    ],
  ]

  const forgeWith = (forge: (typeof forgeries)[number][1]) => async (answer: TokenAnswer) => {
    const token = String(answer.body['id_token'])
    return { ...answer, body: { ...answer.body, id_token: await forge(decodeJwt(token), token) } }
  }

  it('that was made anew as it was signs in', async () => {
    bench.presets.change = forgeWith((claims) => sign(claims))
    expect((await createVisit(bench).logIn('google')).status).toBe(200)
  })

  it.each(forgeries)('%s is refused', async (_, forge) => {
    const { visit, callback } = await comeBack('google')
    bench.presets.change = forgeWith(forge)
    const page = await visit.arrive(callback)
    await expectRefusal(visit, page)
  })

  it.each([
    ['nothing', ''],
    ['what Postgres cannot hold', 'a\u0000b'],
    ['letters of other scripts', 'аlice'],
    ['more than 255 characters', 'x'.repeat(256)],
  ])('with %s as its subject is the provider’s to mend', async (_, sub) => {
    const { visit, callback } = await comeBack('google')
    bench.presets.change = forgeWith((claims) => sign({ ...claims, sub }))
    await expectRefusal(visit, await visit.arrive(callback), 503)
  })

  it('that is missing is refused, and the log says which provider', async () => {
    const { visit, callback } = await comeBack('google')
    bench.presets.change = ({ status, body: { id_token: _token, ...body } }) => ({ status, body })
    await expectRefusal(visit, await visit.arrive(callback))
    expect(bench.api.log()).toContainEqual(
      expect.objectContaining({ provider: 'google', msg: expect.stringMatching(/was refused/) }),
    )
  })
})

describe('the way back', () => {
  it.each(['/healthz', '/docs?q=%2F%2Fa#b', '/account/signed-in', '/%2Fevil.test'])(
    '%s is taken',
    async (returnTo) => {
      const query = `?${new URLSearchParams({ returnTo })}`
      const page = await createVisit(bench).logIn('acme', query)
      const { pathname, search } = new URL(returnTo, bench.origin)
      expect(page.url).toBe(bench.origin + pathname + search)
    },
  )

  it.each([
    'https://evil.test',
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    '\t//evil.test',
    ' //evil.test',
    '/.//evil.test',
    '/a/..//evil.test',
    '/%2e//evil.test',
    '/\u2028/evil.test',
    'evil.test',
    '@evil.test',
    'javascript:alert(1)',
    'data:text/html,a',
    'http:evil.test',
    '',
    `/${'x'.repeat(1_000)}`,
  ])('%j is refused', async (returnTo) => {
    const visit = createVisit(bench)
    for (const site of [{}, { 'sec-fetch-site': 'cross-site' }]) {
      const path = `/login/acme?${new URLSearchParams({ returnTo })}`
      const page = await visit.agent.open(path, undefined, site)
      await expectRefusal(visit, page)
      expect(page.text).not.toContain('evil')
    }
  })

  it.each([
    ['given twice', '?returnTo=/a&returnTo=/b', 400],
    ['with a field that is not known', '?returnTo=/a&next=//evil.test', 400],
    ['at a provider that is not there', '?returnTo=/a', 404],
  ])('%s is refused', async (what, query, status) => {
    const name = what.endsWith('not there') ? 'nowhere' : 'acme'
    const visit = createVisit(bench)
    await expectRefusal(visit, await visit.agent.open(`/login/${name}${query}`), status)
  })

  it('comes from the configuration alone, whatever Host is named', async () => {
    const { port } = new URL(bench.origin)
    const redirectUri = encodeURIComponent(`${bench.origin}/login/acme/callback`)
    const otherName = await request(`http://127.0.0.1:${port}/login/acme`)
    const forwarded = { forwarded: 'host=evil.test', 'x-original-host': 'evil.test' }
    const otherHeader = await request(`${bench.origin}/login/acme`, { headers: forwarded })
    for (const { headers } of [otherName, otherHeader]) {
      expect(headers.get('location')).toContain(`redirect_uri=${redirectUri}`)
    }
    const misdirected = { 'x-forwarded-host': 'evil.test' }
    const refused = await request(`${bench.origin}/login/acme`, { headers: misdirected })
    expect([refused.status, refused.headers.get('location')]).toEqual([421, null])
  })
})

describe('the request', () => {
  it('carries state, nonce and a challenge of its own, and no secret', async () => {
    const [one, two] = [
      await createVisit(bench).begin('acme'),
      await createVisit(bench).begin('acme'),
    ]
    const names = ['state', 'nonce', 'code_challenge']
    for (const name of names) {
      const values = [one, two].map((url) => url.searchParams.get(name) ?? '')
      expect(values.every((value) => value.length >= 43)).toBe(true)
      expect(values[0]).not.toBe(values[1])
    }
    expect(one.searchParams.get('code_challenge_method')).toBe('S256')
    expect(one.searchParams.get('response_type')).toBe('code')
    expect(one.href).not.toContain(clientSecret)
  })

  it('is kept in a cookie that says nothing, and that no script or other site reads', async () => {
    const answer = await request(`${bench.origin}/login/acme?returnTo=/canary`)
    const [cookie = ''] = answer.headers.getSetCookie()
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([303, 'no-store'])
    expect(cookie).toMatch(
      /^external-login=v1\.[0-9a-f]{32}\.[\w.-]+; HttpOnly; SameSite=Lax; Path=\/; Max-Age=600$/,
    )
    const state = new URL(answer.headers.get('location') ?? '').searchParams.get('state') ?? '-'
    const seen = Buffer.from(cookie.split('.')[3] ?? '', 'base64url').toString('latin1')
    for (const secret of ['canary', state]) expect(cookie + seen).not.toContain(secret)
  })

  it.each(['cross-site', 'same-site'])('that a %s page makes waits for a click', async (site) => {
    const { agent } = createVisit(bench)
    const page = await agent.open('/login/acme?returnTo=/a', undefined, { 'sec-fetch-site': site })
    expect([page.status, page.leftTo, agent.cookies()]).toEqual([200, null, []])
    const [, href = ''] = /href="(\/login\/acme[^"]+)"/.exec(page.text) ?? []
    const clicked = await agent.open(href.replaceAll('&amp;', '&'), undefined, {
      'sec-fetch-site': 'same-origin',
    })
    expect(clicked.leftTo?.origin).toBe(bench.acme.issuer)
  })

  it('and its outcome are recorded, and limited as log-ins are', async () => {
    const { visit, callback } = await comeBack()
    await visit.arrive(callback)
    await visit.arrive(callback)
    await bench.api.services.audit.flush()
    const events = await bench.world.sql.run(
      `SELECT outcome, actor IS NOT NULL AS known, target FROM audit_events
        WHERE action = 'auth.external.login' ORDER BY id DESC LIMIT 2`,
    )
    expect(events).toEqual([
      { outcome: 'denied', known: true, target: 'acme' },
      { outcome: 'success', known: true, target: 'acme' },
    ])
    const address = '203.0.113.77'
    const statuses = []
    for (let index = 0; index < 101; index += 1) {
      statuses.push((await request(`${bench.origin}/login/acme`, { address })).status)
    }
    expect(new Set(statuses.slice(0, 100))).toEqual(new Set([303]))
    const last = await request(`${bench.origin}/login/acme`, { address })
    expect([last.status, Number(last.headers.get('retry-after')) > 0]).toEqual([429, true])
  })
})
