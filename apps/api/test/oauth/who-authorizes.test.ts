import { describe, expect, it } from 'vitest'
import { type Agent, createAgent, formOf, type Page, titleOf } from '../support/authorize.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { openSession, type Person, password } from '../support/create-world.ts'
import { type EnrolledTotp, enrollTotp } from '../support/enroll-totp.ts'
import { impersonate } from '../support/impersonate.ts'
import { type Asked, ask, discover, exchange, obtain } from '../support/oauth-flows.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench

useOAuth((made) => {
  bench = made
})

const saidTo = ({ leftTo }: Page) =>
  ['code', 'error'].map((name) => leftTo?.searchParams.get(name) ?? null)

/** A client of our own, which asks nobody for consent, and one of somebody else. */
async function askAs(
  firstParty: boolean,
  more?: Readonly<Record<string, string>>,
): Promise<{ readonly asked: Asked; finish(page: Page): ReturnType<typeof exchange> }> {
  const config = await discover(bench, await bench.createClient({ firstParty, name: 'Printer' }))
  const asked = await ask(config, more)
  return {
    asked,
    finish({ leftTo, text }) {
      if (!leftTo) throw new Error(text)
      return exchange(config, asked, leftTo)
    },
  }
}

/** Has the browser signed in by a session, whoever was before. */
function become(agent: Agent, cookie: string): void {
  const [name = '', value = ''] = cookie.split('=')
  agent.setCookie(name, value)
}

async function createCareful(): Promise<{ readonly person: Person; readonly totp: EnrolledTotp }> {
  const person = await bench.world.createPerson()
  const visitor = createVisitor(bench.api, person.cookie)
  const totp = await enrollTotp(bench.api, visitor)
  return { person: { ...person, cookie: visitor.cookie ?? '' }, totp }
}

const openHalf = ({ id }: Person) => openSession(bench.api, id, { pending: true })

/** Consents in a browser that has not gone back to the provider yet: the address at which it resumes. */
async function consent(person: Person) {
  const { asked, finish } = await askAs(false)
  const agent = createAgent(bench.origin, person.cookie)
  const page = await agent.open(asked.url.href)
  const { organizationId } = person
  const resume = await agent.send(formOf(page, '/consent'), { decision: 'allow', organizationId })
  expect(resume).toMatch(/\/oauth\/authorize\/[^/]+$/)
  return { agent, resume, finish }
}

describe('somebody who has given a password and owes a code', () => {
  it('is asked for it at /oauth/authorize, and goes on after it', async () => {
    const { person, totp } = await createCareful()
    const { asked, finish } = await askAs(true)
    const agent = createAgent(bench.origin, await openHalf(person))
    const page = await agent.open(asked.url.href)
    expect([titleOf(page), page.leftTo]).toEqual(['Enter your code', null])
    const last = await agent.open(formOf(page, '/code'), { code: totp.nextCode() })
    expect((await finish(last)).claims()).toMatchObject({ sub: person.id, amr: ['mfa'] })
  })

  it('is nobody to prompt=none', async () => {
    const { person } = await createCareful()
    for (const [cookie, said] of [
      [await openHalf(person), [null, 'login_required']],
      [person.cookie, [expect.any(String), null]],
    ] as const) {
      const { asked } = await askAs(true, { prompt: 'none' })
      expect(saidTo(await createAgent(bench.origin, cookie).open(asked.url.href))).toEqual(said)
    }
  })

  it('does not resume what waits for the code by its address', async () => {
    const { person, totp } = await createCareful()
    const { asked, finish } = await askAs(true)
    const agent = createAgent(bench.origin)
    const begun = await agent.open(asked.url.href)
    const form = { email: person.email, password }
    const owed = await agent.open(formOf(begun, '/password'), form)
    const resumed = await agent.open(`/oauth/authorize/${owed.url.split('/').at(-1)}`)
    expect([titleOf(resumed), resumed.leftTo]).toEqual(['Enter your code', null])
    const last = await agent.open(formOf(resumed, '/code'), { code: totp.nextCode() })
    expect((await finish(last)).access_token).toBeTruthy()
  })

  it('does not resume what they have consented to in a whole session', async () => {
    const { person } = await createCareful()
    const { agent, resume } = await consent(person)
    become(agent, await openHalf(person))
    expect(saidTo(await agent.open(resume))).toEqual([null, 'login_required'])
    const whole = await consent(person)
    become(whole.agent, await openSession(bench.api, person.id, { secondFactor: true }))
    expect((await whole.finish(await whole.agent.open(whole.resume))).claims()?.sub).toBe(person.id)
  })
})

describe('an administrator who acts as somebody', () => {
  it('lets no program act for them, and is nobody to prompt=none', async () => {
    const { world } = bench
    const person = await world.createPerson()
    const admin = await world.createPerson({ platformRole: 'admin' })
    const disguised = await impersonate(world, { admin, as: person })
    for (const prompt of [undefined, 'none']) {
      const { asked } = await askAs(true, prompt ? { prompt } : {})
      const open = (cookie: string) => createAgent(bench.origin, cookie).open(asked.url.href)
      const page = await open(disguised)
      expect(page.text).not.toContain(person.email)
      if (prompt) expect(saidTo(page)).toEqual([null, 'login_required'])
      else expect([titleOf(page), page.leftTo]).toEqual([expect.stringMatching(/sign in/i), null])
      expect(saidTo(await open(person.cookie))).toEqual([expect.any(String), null])
    }
  })

  it('does not resume what the person has consented to', async () => {
    const { world } = bench
    const person = await world.createPerson()
    const admin = await world.createPerson({ platformRole: 'admin' })
    const { agent, resume } = await consent(person)
    become(agent, await impersonate(world, { admin, as: person }))
    expect(saidTo(await agent.open(resume))).toEqual([null, 'login_required'])
    const kept = await consent(person)
    expect((await kept.finish(await kept.agent.open(kept.resume))).access_token).toBeTruthy()
  })
})

describe('between consent and the way back', () => {
  const changes: Readonly<Record<string, (agent: Agent, person: Person) => Promise<unknown>>> = {
    'a log-out': (_agent, { cookie }) => createVisitor(bench.api, cookie).ask('POST /auth/logout'),
    'a browser that has lost its session': async (agent) => become(agent, 'session='),
    'somebody else who signs in': async (agent) =>
      become(agent, (await bench.world.createPerson()).cookie),
    'the end of the account': (_agent, { id }) =>
      bench.world.sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [id]),
  }

  it.each(Object.entries(changes))('%s ends it without a code', async (_what, change) => {
    const person = await bench.world.createPerson()
    const { agent, resume } = await consent(person)
    await change(agent, person)
    expect(saidTo(await agent.open(resume))).toEqual([null, 'login_required'])
    const kept = await consent(await bench.world.createPerson())
    expect((await kept.finish(await kept.agent.open(kept.resume))).access_token).toBeTruthy()
  })
})

describe('a program at /oauth/authorize', () => {
  it('is nobody with a key or a token of its user', async () => {
    const person = await bench.world.createPerson()
    const { access_token: token } = await obtain(
      bench,
      await discover(bench, await bench.createClient()),
      person,
    )
    const input = { name: 'Sync', permissions: ['order:read:own'] }
    const made = await createVisitor(bench.api, person.cookie).ask('POST /api-keys', input)
    for (const credential of [token, String(made.body?.['key'])]) {
      const headers = { authorization: `Bearer ${credential}` }
      const api = `${bench.origin}/api/users/${person.id}/orders`
      expect((await fetch(api, { headers })).status, made.text).toBe(200)
      const { asked } = await askAs(true)
      const page = await createAgent(bench.origin).open(asked.url.href, undefined, headers)
      expect([page.status, titleOf(page), page.leftTo]).toEqual([200, 'Sign in', null])
    }
    const { asked, finish } = await askAs(true)
    const page = await createAgent(bench.origin, person.cookie).open(asked.url.href)
    expect((await finish(page)).access_token).toBeTruthy()
  })
})

describe('an interaction', () => {
  it('is the one of the path, with the cookie of another too', async () => {
    const begin = async () => {
      const agent = createAgent(bench.origin)
      return { agent, page: await agent.open((await askAs(true)).asked.url.href) }
    }
    const [own, other] = [await begin(), await begin()]
    const name = 'oauth-interaction'
    // By hand: a browser would send it to its own path alone.
    own.agent.setCookie(name, own.agent.cookie(name) ?? '')
    expect(titleOf(await own.agent.open(own.page.url))).toBe('Sign in')
    const seen = await own.agent.open(other.page.url)
    expect([seen.status, titleOf(seen)]).toEqual([404, 'This sign-in is over'])
    const sent = await own.agent.open(`${other.page.url}/cancel`, {})
    expect([sent.status, sent.leftTo]).toEqual([404, null])
    expect(titleOf(await other.agent.open(other.page.url))).toBe('Sign in')
  })

  it('takes the consent of who began it, and grants nothing to who came since', async () => {
    const [first, second] = [await bench.world.createPerson(), await bench.world.createPerson()]
    const { asked, finish } = await askAs(false)
    const agent = createAgent(bench.origin, first.cookie)
    const page = await agent.open(asked.url.href)
    become(agent, second.cookie)
    const allow = { decision: 'allow', organizationId: second.organizationId }
    const anew = await agent.open(formOf(page, '/consent'), allow)
    expect([anew.leftTo, titleOf(anew)]).toEqual([null, 'Let Printer in?'])
    expect(anew.text).toContain(second.email)
    const grants = () => bench.api.services.oauth.grants.list(second.id)
    expect(await grants()).toEqual([])
    const last = await agent.open(formOf(anew, '/consent'), allow)
    expect((await finish(last)).claims()?.sub).toBe(second.id)
    expect(await grants()).toHaveLength(1)
  })
})
