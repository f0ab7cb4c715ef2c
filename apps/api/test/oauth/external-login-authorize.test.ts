import { createHash, randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { formOf, type Page } from '../support/authorize.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import {
  createVisit,
  type ExternalLoginBench,
  type ExternalVisit,
  useExternalLogin,
} from '../support/use-external-login.ts'
import { callback } from '../support/use-oauth.ts'

let bench: ExternalLoginBench

useExternalLogin((made) => {
  bench = made
})

/** A program's request that has come to the sign-in page. */
async function openSignIn(visit: ExternalVisit): Promise<Page> {
  const { id } = await bench.createClient()
  const query = new URLSearchParams({
    client_id: id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid',
    code_challenge: createHash('sha256').update('x').digest('base64url'),
    code_challenge_method: 'S256',
  })
  return visit.agent.open(`/oauth/authorize?${query}`)
}

function linksOf({ text }: Page): readonly string[] {
  return [...text.matchAll(/<a href="(\/login\/[^"]+)">Sign in with/g)].map(([, path = '']) =>
    path.replaceAll('&amp;', '&'),
  )
}

async function follow(visit: ExternalVisit, page: Page): Promise<Page> {
  const path = linksOf(page).find((one) => one.startsWith('/login/acme?')) ?? ''
  const { leftTo } = await visit.agent.open(path, undefined, { 'sec-fetch-site': 'same-origin' })
  return visit.arrive(await visit.answer(leftTo ?? new URL('about:blank')))
}

it('the sign-in page of a program has a link for each provider, and leads on to the program', async () => {
  const id = randomUUID()
  bench.acme.person = { sub: id, email: `${id}@elsewhere.test`, email_verified: true }
  const visit = createVisit(bench)
  const page = await openSignIn(visit)
  const { pathname } = new URL(page.url)
  expect(linksOf(page)).toEqual(
    ['acme', 'github', 'google', 'microsoft'].map(
      (name) => `/login/${name}?${new URLSearchParams({ returnTo: pathname })}`,
    ),
  )
  const { leftTo } = await follow(visit, page)
  expect(leftTo?.href).toMatch(new RegExp(`^${callback}\\?code=`))
})

it('who owes a code gives it on the way', async () => {
  const user = await bench.world.createPerson()
  const totp = await enrollTotp(bench.api, createVisitor(bench.api, user.cookie))
  bench.acme.person = { sub: randomUUID(), email: user.email, email_verified: true }
  const visit = createVisit(bench)
  const asked = await follow(visit, await openSignIn(visit))
  expect([asked.status, asked.leftTo]).toEqual([200, null])
  const next = await visit.agent.open(formOf(asked, '/code'), { code: totp.nextCode() })
  expect(next.leftTo?.href).toMatch(new RegExp(`^${callback}\\?code=`))
})
