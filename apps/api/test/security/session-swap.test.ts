import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, it } from 'vitest'
import { openBrowserSession } from '../../src/browser-session.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { openSession, type Person, password, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const tokenOf = (cookie: string) => cookie.split('=')[1] ?? ''

/** Somebody with codes on, who has given their password. */
async function createHalf() {
  const person = await world.createPerson()
  const totp = await enrollTotp(api, createVisitor(api, person.cookie))
  const cookie = await openSession(api, person.id, { pending: true })
  const found = await api.services.sessions.find(tokenOf(cookie))
  if (!found) throw new Error('There is no half session.')
  return { person, totp, cookie, caller: found.identity }
}

/** A request whose cookie has become another's, as a log-in in the same batch makes it. */
function openSwapped(cookie: string) {
  const { services } = api
  // Only what a browser session touches.
  const asked = {
    sessionToken: tokenOf(cookie),
    headers: {},
    cookies: {},
  } as unknown as FastifyRequest
  const reply = { header: () => reply } as unknown as FastifyReply
  return openBrowserSession({ request: asked, reply, lane: 'test' }, services)
}

it('a code completes the session of whose code it is, whatever the request’s cookie is by then', async () => {
  const [attacker, victim] = [await createHalf(), await createHalf()]
  const [first = '', second = ''] = attacker.totp.recoveryCodes
  const swapped = openSwapped(victim.cookie).verifyCode(attacker.caller, 'recovery', first)
  await expect(swapped).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(await api.services.sessions.find(tokenOf(victim.cookie))).toMatchObject({ pending: true })
  const own = await openSwapped(attacker.cookie).verifyCode(attacker.caller, 'recovery', second)
  expect(own).toMatchObject({ userId: attacker.person.id, credential: { secondFactor: true } })
})

it('a step-up makes the session of its caller fresh, and no other', async () => {
  const [attacker, victim] = [await world.createPerson(), await world.createPerson()]
  const found = await api.services.sessions.find(tokenOf(attacker.cookie))
  if (!found) throw new Error('There is no session.')
  const swapped = openSwapped(victim.cookie).stepUp(found.identity, { password })
  await expect(swapped).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(await createVisitor(api, victim.cookie).status()).toBe(200)
  const own = await openSwapped(attacker.cookie).stepUp(found.identity, { password })
  expect(own.userId).toBe(attacker.id)
})

/** One batch: a log-in as the victim, and codes of the attacker beside it. */
async function sendBatch({ email }: Person, attacker: Awaited<ReturnType<typeof createHalf>>) {
  const calls = [
    ['auth.login', { email, password }],
    ...attacker.totp.recoveryCodes
      .slice(0, 5)
      .map((code) => ['auth.mfa.recovery.verify', { code }] as const),
  ] as const
  const path = calls.map(([name]) => name).join()
  const body = Object.fromEntries(calls.map(([, input], index) => [index, input]))
  const asked = { method: 'POST', cookie: attacker.cookie, body }
  return request(`${api.url}/trpc/${path}?batch=1`, asked)
}

it('a batch of a log-in and another account’s codes opens no session of two factors', async () => {
  const victim = await world.createPerson()
  await enrollTotp(api, createVisitor(api, victim.cookie))
  for (let round = 0; round < 5; round += 1) {
    const { headers, text } = await sendBatch(victim, await createHalf())
    expect(text).toContain('mfaRequired')
    expect(text).not.toContain('"unavailable"')
    for (const set of headers.getSetCookie()) {
      const [cookie = ''] = set.split(';')
      const { status, body } = await request(`${api.url}/api/auth/session`, { cookie })
      if (status === 200) expect(body).not.toMatchObject({ user: { id: victim.id } })
    }
  }
})
