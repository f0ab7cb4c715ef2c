import { describe, expect, it } from 'vitest'
import { type Agent, createAgent, formOf, type Page, titleOf } from '../support/authorize.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { join, type Person, password } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { ask, discover, exchange, obtain } from '../support/oauth-flows.ts'
import { callback, type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench

useOAuth((made) => {
  bench = made
})

interface Begun {
  readonly agent: Agent
  readonly page: Page
  finish(last: Page): ReturnType<typeof exchange>
}

/** Somebody’s browser at the first page of an authorization; signed in where they are given. */
async function begin(
  options: {
    readonly person?: Person
    readonly firstParty?: boolean
    readonly kind?: 'browser' | 'native'
    readonly more?: Readonly<Record<string, string | null>>
    readonly name?: string
  } = {},
): Promise<Begun> {
  const { person, firstParty = false, kind = 'browser', more, name = 'Photo printer' } = options
  const client = await bench.createClient({ firstParty, kind, name })
  const config = await discover(bench, client)
  const asked = await ask(config, more)
  const agent = createAgent(bench.origin, person?.cookie)
  const page = await agent.open(asked.url.href)
  return {
    agent,
    page,
    finish: ({ leftTo, text }) => {
      if (!leftTo) throw new Error(text)
      return exchange(config, asked, leftTo)
    },
  }
}

const errorOf = ({ leftTo }: Page) => leftTo?.searchParams.get('error')
const allow = { decision: 'allow' }

async function signIn({ agent, page }: Begun, { email }: Pick<Person, 'email'>, word = password) {
  return agent.open(formOf(page, '/password'), { email, password: word })
}

describe('a form that two programs would read in two ways, or none', () => {
  it.each([
    ['a field twice', 'password=x&password='],
    ['a field twice, escaped once', 'p%61ssword=x&password='],
    ['a prototype twice', '__proto__=a&__proto__=b&password='],
    ['a prototype', '__proto__=a&__proto__[admin]=1&constructor[prototype][admin]=1&password=x'],
    ['NUL', 'password=%00&note='],
    ['what is no UTF-8', 'password=%ff%fe&note='],
  ])('with %s lets nobody in, and the same form without does', async (_name, hostile) => {
    const person = await bench.world.createPerson()
    const begun = await begin({ firstParty: true })
    const target = formOf(begun.page, '/password')
    const body = `email=${person.email}&${hostile}${encodeURIComponent(password)}`
    const refused = await begun.agent.open(target, new URLSearchParams(body))
    expect(refused.status, refused.text).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect(refused.leftTo).toBeNull()
    expect(Object.prototype).not.toHaveProperty('admin')
    expect((await signIn(begun, person)).leftTo?.searchParams.get('code')).toBeTruthy()
  })
})

describe('the page for a password', () => {
  it('has no script, and a policy that lets none in; forms may lead to the client', async () => {
    const { page } = await begin()
    expect(page.status).toBe(200)
    expect(page.text).not.toMatch(/<script|javascript:|\son\w+=|style=/i)
    expect(page.headers.get('content-security-policy')?.split(';').toSorted()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      `form-action 'self' ${new URL(callback).origin}`,
      "frame-ancestors 'none'",
      'img-src data:',
      "style-src 'self'",
    ])
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  it.each([
    ['http://127.0.0.1:4711/callback', 'http://127.0.0.1:4711'],
    ['com.example.app:/callback', 'com.example.app:'],
    // CSP has no form for an address of IPv6.
    ['http://[::1]:4711/callback', 'http:'],
  ])('lets its forms lead to a program at %s', async (redirectUri, source) => {
    const client = await bench.createClient({ kind: 'native', redirectUris: [redirectUri] })
    const asked = await ask(await discover(bench, client), { redirect_uri: redirectUri })
    const { headers } = await createAgent(bench.origin).open(asked.url.href)
    expect(headers.get('content-security-policy')).toContain(`form-action 'self' ${source};`)
  })

  it('lets a wrong password in nowhere, keeps the address and says it alike for an unknown one', async () => {
    const person = await bench.world.createPerson()
    const begun = await begin()
    const wrong = await signIn(begun, person, 'not the password')
    const unknown = await signIn(begun, { email: 'nobody@world.test' }, 'not the password')
    for (const page of [wrong, unknown]) {
      expect([page.status, titleOf(page), page.leftTo]).toEqual([401, 'Sign in', null])
    }
    expect(wrong.text).toContain(`value="${person.email}"`)
    expect(wrong.text.replace(person.email, '')).toBe(unknown.text.replace('nobody@world.test', ''))
    expect(titleOf(await signIn(begun, person))).toBe('Let Photo printer in?')
  })

  it('writes what was typed as text', async () => {
    const evil = '"><script>alert(1)</script>'
    const begun = await begin({ name: evil, more: { login_hint: evil } })
    expect(begun.page.text).not.toContain('<script')
    const again = await signIn(begun, { email: evil })
    expect(again.status).toBe(400)
    expect(again.text).not.toContain('<script')
    expect(again.text).toContain('&lt;script&gt;')
  })

  it('is limited as every log-in is', async () => {
    const { agent, page } = await begin()
    const action = formOf(page, '/password')
    const statuses: number[] = []
    for (let round = 0; round < 11; round += 1) {
      const tries = Array.from({ length: 10 }, () =>
        agent.open(action, { email: 'x@y.test', password: '' }),
      )
      statuses.push(...(await Promise.all(tries)).map(({ status }) => status))
    }
    // Without a password: ten wrong ones would close the address (security/brute-force.test.ts).
    expect(statuses.filter((status) => status === 400)).toHaveLength(100)
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
    const late = await agent.open(action, { email: 'x@y.test', password: 'z' })
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('refuses what another site’s page sends', async () => {
    const person = await bench.world.createPerson()
    const { page, agent } = await begin()
    const response = await fetch(new URL(formOf(page, '/password'), bench.origin), {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
      body: new URLSearchParams({ email: person.email, password }),
    })
    expect(response.status).toBe(403)
    expect(titleOf(await signIn({ agent, page, finish: () => Promise.reject() }, person))).toMatch(
      /^Let/,
    )
  })
})

describe('a second factor', () => {
  it('is asked for after the password, and a code or a recovery code is one', async () => {
    const person = await bench.world.createPerson()
    const { nextCode, recoveryCodes } = await enrollTotp(
      bench.api,
      createVisitor(bench.api, person.cookie),
    )
    for (const [end, code] of [
      ['/code', () => nextCode()],
      ['/recovery-code', () => recoveryCodes[0] ?? ''],
    ] as const) {
      const begun = await begin({ firstParty: true })
      const asked = await signIn(begun, person)
      expect(titleOf(asked)).toBe('Enter your code')
      const wrong = await begun.agent.open(formOf(asked, '/code'), { code: '000000' })
      expect([wrong.status, titleOf(wrong)]).toEqual([401, 'Enter your code'])
      const last = await begun.agent.open(formOf(wrong, end), { code: code() })
      const tokens = await begun.finish(last)
      expect(tokens.claims()?.['amr']).toEqual(['mfa'])
    }
  })

  it('that is owed opens no consent, however it is asked for', async () => {
    const person = await bench.world.createPerson()
    await enrollTotp(bench.api, createVisitor(bench.api, person.cookie))
    const begun = await begin()
    const asked = await signIn(begun, person)
    const skipped = await begun.agent.open(
      formOf(asked, '/code').replace('/code', '/consent'),
      allow,
    )
    expect(titleOf(skipped)).toBe('Enter your code')
  })
})

describe('consent', () => {
  it('says who asks for what, and lets the program in when it is given', async () => {
    const person = await bench.world.createPerson()
    const { agent, page, finish } = await begin({ person })
    expect(titleOf(page)).toBe('Let Photo printer in?')
    for (const words of [person.email, 'See your own orders', 'See your e-mail address', 'Acme']) {
      expect(page.text).toContain(words)
    }
    expect(page.text).not.toContain('Delete')
    const organizationId = person.organizationId
    const tokens = await finish(
      await agent.open(formOf(page, '/consent'), { ...allow, organizationId }),
    )
    expect(tokens.claims()?.sub).toBe(person.id)
  })

  it('that is refused, or cancelled, tells the program so and nothing else', async () => {
    const person = await bench.world.createPerson()
    for (const form of [{ decision: 'deny' }, {}]) {
      const { agent, page } = await begin({ person })
      const last = await agent.open(formOf(page, '/consent'), form)
      expect(errorOf(last)).toBe('access_denied')
    }
    const { agent, page } = await begin()
    expect(errorOf(await agent.open(formOf(page, '/cancel'), {}))).toBe('access_denied')
  })

  it('is asked of nobody for a client of our own, but for a native one always', async () => {
    const person = await bench.world.createPerson()
    const own = await begin({ person, firstParty: true })
    expect((await own.finish(own.page)).access_token).toBeTruthy()
    const native = await begin({ person, firstParty: true, kind: 'native' })
    expect(titleOf(native.page)).toMatch(/^Let/)
  })

  it('names the organization of several, and takes no other', async () => {
    const person = await bench.world.createPerson()
    await join(bench.world.sql, bench.world.globex, person.id, 'viewer')
    const { agent, page, finish } = await begin({ person, firstParty: true })
    expect(page.text).toContain('<select')
    const foreign = await bench.world.createPerson()
    for (const organizationId of ['', foreign.id, 'x']) {
      const again = await agent.open(formOf(page, '/consent'), { ...allow, organizationId })
      expect([again.leftTo, titleOf(again)]).toEqual([null, 'Let Photo printer in?'])
    }
    const chosen = { ...allow, organizationId: bench.world.globex }
    const tokens = await finish(await agent.open(formOf(page, '/consent'), chosen))
    const [grant] = await bench.api.services.oauth.grants.list(person.id)
    expect(grant?.organizationId).toBe(bench.world.globex)
    expect(tokens.access_token).toBeTruthy()
  })

  it('is not given by somebody else who signed in meanwhile', async () => {
    const [first, second] = [await bench.world.createPerson(), await bench.world.createPerson()]
    const { agent, page, finish } = await begin({ person: first })
    const switched = await agent.open(formOf(page, '/switch'), {})
    expect(titleOf(switched)).toBe('Sign in')
    const consent = await agent.open(formOf(switched, '/password'), {
      email: second.email,
      password,
    })
    expect(consent.text).toContain(second.email)
    expect(consent.text).not.toContain(first.email)
    const { organizationId } = second
    const last = await agent.open(formOf(consent, '/consent'), { ...allow, organizationId })
    expect((await finish(last)).claims()?.sub).toBe(second.id)
  })
})

describe('what a client asks of the sign-in', () => {
  const person = () => bench.world.createPerson()

  it('prompt=none goes through for who is signed in, and says so for nobody', async () => {
    const more = { prompt: 'none' }
    const { page, finish } = await begin({ person: await person(), firstParty: true, more })
    expect((await finish(page)).access_token).toBeTruthy()
    expect(errorOf((await begin({ firstParty: true, more })).page)).toBe('login_required')
    expect(errorOf((await begin({ person: await person(), more })).page)).toBe('consent_required')
  })

  it('prompt=login asks for the password of who is signed in already', async () => {
    const somebody = await person()
    const begun = await begin({ person: somebody, firstParty: true, more: { prompt: 'login' } })
    expect(titleOf(begun.page)).toBe('Sign in')
    expect((await begun.finish(await signIn(begun, somebody))).access_token).toBeTruthy()
  })

  it('prompt=login by somebody else begins anew as them', async () => {
    const [first, second] = [await person(), await person()]
    const begun = await begin({ person: first, firstParty: true, more: { prompt: 'login' } })
    const tokens = await begun.finish(await signIn(begun, second))
    expect(tokens.claims()?.sub).toBe(second.id)
  })

  it('a hint of somebody else asks for their password, and for no end', async () => {
    const [first, second] = [await person(), await person()]
    const client = await bench.createClient()
    const config = await discover(bench, client)
    const { id_token: hint = '' } = await obtain(bench, config, first)
    const asked = await ask(config, { id_token_hint: hint })
    const agent = createAgent(bench.origin, second.cookie)
    const page = await agent.open(asked.url.href)
    expect(titleOf(page)).toBe('Sign in')
    const wrong = await agent.open(formOf(page, '/password'), { email: second.email, password })
    expect(titleOf(wrong)).toBe('Sign in')
    const right = await agent.open(formOf(wrong, '/password'), { email: first.email, password })
    expect(right.leftTo?.searchParams.get('code'), right.text).toBeTruthy()
  })

  it('max_age asks who has been signed in for longer', async () => {
    const somebody = await person()
    const old =
      "UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE user_id = $1"
    await bench.world.sql.run(old, [somebody.id])
    const begun = await begin({ person: somebody, firstParty: true, more: { max_age: '600' } })
    expect(titleOf(begun.page)).toBe('Sign in')
    const lenient = await begin({ person: somebody, firstParty: true, more: { max_age: '7200' } })
    expect((await lenient.finish(lenient.page)).access_token).toBeTruthy()
  })
})

describe('an authorization that is not this browser’s', () => {
  it('is over, whatever its id', async () => {
    const { page } = await begin()
    const stranger = createAgent(bench.origin)
    const seen = await stranger.open(page.url)
    expect([seen.status, titleOf(seen)]).toEqual([404, 'This sign-in is over'])
    const sent = await stranger.open(formOf(page, '/password'), { email: 'x@y.test', password })
    expect([sent.status, titleOf(sent)]).toEqual([404, 'This sign-in is over'])
  })

  it('is not reached by the id of another', async () => {
    const [own, other] = [await begin(), await begin()]
    const seen = await own.agent.open(other.page.url)
    expect(seen.status).toBe(404)
  })

  it('a log-out in between ends it', async () => {
    const person = await bench.world.createPerson()
    const { agent, page } = await begin({ person })
    await createVisitor(bench.api, person.cookie).ask('POST /auth/logout')
    const { organizationId } = person
    const next = await agent.open(formOf(page, '/consent'), { ...allow, organizationId })
    expect([next.leftTo, titleOf(next)]).toEqual([null, 'Sign in'])
  })
})
