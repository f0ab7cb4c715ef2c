import { expect, it } from 'vitest'
import { createAgent, formOf, titleOf } from '../support/authorize.ts'
import { password } from '../support/create-world.ts'
import { ask, discover, exchange } from '../support/oauth-flows.ts'
import { requireSecondFactor } from '../support/organizations.ts'
import { request } from '../support/request.ts'
import { callback, type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench

useOAuth((made) => {
  bench = made
})

/** An authorization of a client of somebody else's, as asked for. */
async function askAnew(more: Readonly<Record<string, string | null>> = {}, firstParty = false) {
  const client = await bench.createClient({ firstParty, name: 'Photo printer' })
  const config = await discover(bench, client)
  const asked = await ask(config, more)
  return { client, config, asked, url: asked.url.href }
}

it('two tabs at once: the one that signs somebody else in gets that one’s code', async () => {
  const [one, other] = [await bench.world.createPerson(), await bench.world.createPerson()]
  const [first, second] = [await askAnew(), await askAnew()]
  const agent = createAgent(bench.origin)
  const waiting = await agent.open(first.url)
  const page = await agent.open((await agent.open(second.url)).url)
  const consent = await agent.open(formOf(page, '/password'), { email: one.email, password })
  const { organizationId } = one
  const allow = { decision: 'allow', organizationId }
  expect(
    (await agent.open(formOf(consent, '/consent'), allow)).leftTo?.searchParams.has('code'),
  ).toBe(true)
  const late = await agent.open(formOf(waiting, '/password'), { email: other.email, password })
  expect(late.text).not.toContain('<script')
  expect(late.text).toContain(other.email)
  const given = { decision: 'allow', organizationId: other.organizationId }
  const { leftTo } = await agent.open(formOf(late, '/consent'), given)
  const tokens = await exchange(first.config, first.asked, leftTo ?? new URL('none:'))
  expect(tokens.claims()?.sub).toBe(other.id)
})

it('somebody else who signs in after the consent gets no code of whoever gave it', async () => {
  const [one, other] = [await bench.world.createPerson(), await bench.world.createPerson()]
  const begun = await askAnew()
  const agent = createAgent(bench.origin, one.cookie)
  const page = await agent.open(begun.url)
  const cookie = (person: typeof one) => person.cookie.split('=')[1] ?? ''
  const answer = await request(new URL(formOf(page, '/consent'), bench.origin).href, {
    method: 'POST',
    cookie: `${one.cookie}; oauth-interaction=${agent.cookie('oauth-interaction')}; oauth-resume=${agent.cookie('oauth-resume')}; oauth-session=${agent.cookie('oauth-session')}`,
    body: new URLSearchParams({ decision: 'allow', organizationId: one.organizationId }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
  })
  expect(answer.status).toBe(303)
  agent.setCookie('session', cookie(other))
  const { leftTo } = await agent.open(answer.headers.get('location') ?? '')
  expect(leftTo?.searchParams.get('error')).toBe('login_required')
})

it('a second click on “somebody else” is no error', async () => {
  const person = await bench.world.createPerson()
  const agent = createAgent(bench.origin, person.cookie)
  const page = await agent.open((await askAnew()).url)
  for (const _click of [1, 2]) {
    const next = await agent.open(formOf(page, '/switch'), {})
    expect([next.status, titleOf(next)]).toEqual([200, 'Sign in'])
  }
})

it('who comes after “somebody else” is asked what the program wanted them asked', async () => {
  const [one, other] = [await bench.world.createPerson(), await bench.world.createPerson()]
  const agent = createAgent(bench.origin, one.cookie)
  const page = await agent.open((await askAnew({ prompt: 'consent' }, true)).url)
  const form = await agent.open(formOf(page, '/switch'), {})
  const next = await agent.open(formOf(form, '/password'), { email: other.email, password })
  expect(titleOf(next)).toBe('Let Photo printer in?')
  expect(next.text).toContain(other.email)
})

it.each(['delete', 'disable'])(
  'a client that is gone while a person reads (%s): it is over',
  async (end) => {
    const { clients } = bench.api
    const person = await bench.world.createPerson()
    const { client, url } = await askAnew()
    const agent = createAgent(bench.origin, person.cookie)
    const page = await agent.open(url)
    await (end === 'delete'
      ? clients.delete(client.id)
      : clients.update(client.id, { disabled: true }))
    const { organizationId } = person
    const late = await agent.open(formOf(page, '/consent'), { decision: 'allow', organizationId })
    expect([late.status, titleOf(late)]).toEqual([404, 'This sign-in is over'])
  },
)

it('whose organization asks for a second factor is told so on the page, and may refuse', async () => {
  const { organizationId, ...person } = await bench.world.createPerson()
  const require = (is: boolean) => requireSecondFactor(bench.world, organizationId, is)
  await require(true)
  try {
    const agent = createAgent(bench.origin, person.cookie)
    const page = await agent.open((await askAnew()).url)
    expect([page.status, titleOf(page)]).toEqual([403, 'Let Photo printer in?'])
    const again = await agent.open(formOf(page, '/consent'), { decision: 'allow' })
    expect(again.status).toBe(403)
    const { leftTo } = await agent.open(formOf(page, '/consent'), { decision: 'deny' })
    expect(leftTo?.searchParams.get('error')).toBe('access_denied')
  } finally {
    await require(false)
  }
})

it.each([
  ['prompt', { prompt: 'login' }],
  ['max_age', { max_age: '60' }],
])('a session that is held back for one request does not pass by %s', async (_name, more) => {
  const person = await bench.world.createPerson()
  const age = "UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE user_id = $1"
  await bench.world.sql.run(age, [person.id])
  const { url, config, asked } = await askAnew(more, true)
  const agent = createAgent(bench.origin)
  const first = await agent.open(url)
  agent.setCookie('session', person.cookie.split('=')[1] ?? '')
  const page = await agent.open(first.url)
  expect([titleOf(page), page.leftTo]).toEqual(['Sign in', null])
  const { leftTo } = await agent.open(formOf(page, '/password'), { email: person.email, password })
  const tokens = await exchange(config, asked, leftTo ?? new URL('none:'))
  expect(Date.now() / 1_000 - Number(tokens.claims()?.['auth_time'])).toBeLessThan(30)
})

it('a path that only resembles the endpoint is none', async () => {
  const person = await bench.world.createPerson()
  const { asked } = await askAnew({ response_mode: 'form_post', prompt: 'none' }, true)
  for (const path of ['/oauth/authorize/', '/oauth/authorize/%20', '/oauth/authorize//']) {
    const answer = await request(bench.origin + path + asked.url.search, { cookie: person.cookie })
    expect(answer.status, path).toBe(404)
    expect(answer.text).not.toContain('<script')
  }
  const { url } = await askAnew({}, true)
  const { leftTo } = await createAgent(bench.origin, person.cookie).open(url)
  expect(leftTo?.href.startsWith(callback)).toBe(true)
})
