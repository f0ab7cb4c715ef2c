import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Page } from '../support/authorize.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { openSession, type Person } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { waitForMail } from '../support/mails.ts'
import {
  createVisit,
  type ExternalLoginBench,
  useExternalLogin,
} from '../support/use-external-login.ts'

let bench: ExternalLoginBench
let user: Person

useExternalLogin((made) => {
  bench = made
})

const ours = { 'sec-fetch-site': 'same-origin' }
const linkPath = '/login/acme?link=1&returnTo=/healthz'

beforeEach(async () => {
  user = await bench.world.createPerson()
  // Nobody vouches for the address: whoever is signed in says whose it is.
  bench.acme.person = { sub: randomUUID(), email: 'other@elsewhere.test', email_verified: false }
})

async function link(cookie: string, headers: Readonly<Record<string, string>> = ours) {
  const visit = createVisit(bench, cookie)
  const begun = await visit.agent.open(linkPath, undefined, headers)
  if (!begun.leftTo) return { visit, page: begun }
  return { visit, page: await visit.arrive(await visit.answer(begun.leftTo)) }
}

const list = async (person: Person) =>
  (await createVisitor(bench.api, person.cookie).ask('GET /auth/external-identities')).body?.[
    'items'
  ]

const statusOf = ({ status, leftTo }: Page) => [status, leftTo]

describe('a signed-in person', () => {
  it('links whom a provider knows, is told by mail, and logs in with it from then on', async () => {
    const { page } = await link(user.cookie)
    expect(page.url).toBe(`${bench.origin}/healthz`)
    await waitForMail(bench.api, user.email, /something changed/)
    expect(await list(user)).toEqual([
      {
        id: expect.any(String),
        provider: 'acme',
        email: 'other@elsewhere.test',
        createdAt: expect.any(String),
        lastUsedAt: null,
      },
    ])
    const signedIn = await createVisit(bench).logIn('acme')
    expect(signedIn.text).toContain(`You are signed in as <strong>${user.email}</strong>`)
    expect(await list(user)).toMatchObject([{ lastUsedAt: expect.any(String) }])
    expect((await link(user.cookie)).page.status).toBe(200)
    expect(await list(user)).toHaveLength(1)
  })

  it('is refused somebody who is another’s already, as that other is not', async () => {
    await link(user.cookie)
    const other = await bench.world.createPerson()
    const { page } = await link(other.cookie)
    expect([page.status, page.text.includes('another account')]).toEqual([409, true])
    expect([(await list(user)) as unknown, await list(other)]).toMatchObject([[{}], []])
  })

  it('unlinks in a fresh session, is told by mail, and ends the sessions that it may have opened', async () => {
    await link(user.cookie)
    const visit = createVisit(bench)
    await visit.logIn('acme')
    const opened = createVisitor(bench.api, `session=${visit.agent.cookie('session')}`)
    const [entry] = Object(await list(user))
    const stranger = createVisitor(bench.api, (await bench.world.createPerson()).cookie)
    const path = `/auth/external-identities/${entry.id}` as const
    expect((await stranger.ask(`DELETE ${path}`)).status).toBe(404)
    const visitor = createVisitor(bench.api, user.cookie)
    expect([await opened.status(), (await visitor.ask(`DELETE ${path}`)).status]).toEqual([
      200, 204,
    ])
    expect([await opened.status(), await visitor.status()]).toEqual([401, 200])
    expect((await visitor.ask(`DELETE ${path}`)).status).toBe(404)
    expect((await createVisit(bench).logIn('acme')).status).toBe(403)
  })

  it('has it in the export of their account', async () => {
    await link(user.cookie)
    const { body } = await createVisitor(bench.api, user.cookie).ask('GET /account/export')
    expect(body).toMatchObject({
      ExternalIdentity: [{ provider: 'acme', email: 'other@elsewhere.test' }],
    })
  })

  it('who has a second factor links with it alone', async () => {
    const visitor = createVisitor(bench.api, user.cookie)
    await enrollTotp(bench.api, visitor)
    const byPassword = await openSession(bench.api, user.id)
    expect((await link(byPassword)).page.status).toBe(403)
    const byBoth = await openSession(bench.api, user.id, { secondFactor: true })
    expect((await link(byBoth)).page.url).toBe(`${bench.origin}/healthz`)
  })
})

describe('to link is refused', () => {
  it.each([
    ['nobody', () => 'session=', 401],
    ['who owes a code', () => openSession(bench.api, user.id, { pending: true }), 401],
    ['whose session is older than a quarter of an hour', staleSession, 403],
  ])('to %s', async (_, cookieOf, status) => {
    const { page } = await link(await cookieOf())
    expect(statusOf(page)).toEqual([status, null])
    expect(await bench.world.sql.run(links, [user.id])).toEqual([])
  })

  const links = 'SELECT FROM external_identities WHERE user_id = $1'

  async function staleSession() {
    const text =
      "UPDATE sessions SET authenticated_at = now() - interval '16 minutes' WHERE user_id = $1"
    await bench.world.sql.run(text, [user.id])
    return user.cookie
  }

  it('to whoever is signed in by the time the answer comes, unless it is who asked', async () => {
    const visit = createVisit(bench, user.cookie)
    const begun = await visit.agent.open(linkPath, undefined, ours)
    const callback = await visit.answer(begun.leftTo ?? new URL('about:blank'))
    const other = await bench.world.createPerson()
    visit.agent.setCookie('session', other.cookie.replace('session=', ''))
    expect((await visit.arrive(callback)).status).toBe(400)
    for (const { id } of [user, other]) expect(await bench.world.sql.run(links, [id])).toEqual([])
  })

  it('once the session has grown old, or has ended, on the way', async () => {
    for (const change of [
      "UPDATE sessions SET authenticated_at = now() - interval '16 minutes' WHERE user_id = $1",
      'DELETE FROM sessions WHERE user_id = $1',
    ]) {
      const visit = createVisit(bench, user.cookie)
      const begun = await visit.agent.open(linkPath, undefined, ours)
      const callback = await visit.answer(begun.leftTo ?? new URL('about:blank'))
      await bench.world.sql.run(change, [user.id])
      expect([401, 403]).toContain((await visit.arrive(callback)).status)
      expect(await bench.world.sql.run(links, [user.id])).toEqual([])
      user = await bench.world.createPerson()
    }
  })

  it.each(['cross-site', 'same-site', 'none'])(
    'to a %s request, which gets a page that waits for a click',
    async (site) => {
      const { page, visit } = await link(user.cookie, { 'sec-fetch-site': site })
      expect(statusOf(page)).toEqual([200, null])
      expect(page.text).toContain('Connect Acme to your account?')
      expect(visit.agent.cookies()).toEqual(['session'])
    },
  )

  it('to a browser that does not say which page sent it', async () => {
    const { page } = await link(user.cookie, {})
    expect(statusOf(page)).toEqual([403, null])
  })
})
