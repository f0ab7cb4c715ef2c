import { limits } from '@repo/rate-limit'
import { generateTotpCode } from '@repo/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Administrator, createAdministrator, readAudit } from '../support/administer.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { tokenIn, waitForMail } from '../support/mails.ts'
import { outcomeOf } from '../support/organizations.ts'
import { type Asked, anyAddress, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let admin: Administrator

useWorld((made) => {
  ;({ api, world } = made)
})
beforeEach(async () => {
  admin = await createAdministrator(world)
})

let count = 0
/** An address that no other test of this file fails from. */
const freshAddress = () => {
  count += 1
  return `198.51.100.${count}`
}

const logIn = (address: string, email = 'nobody@world.test', given = 'a guess') =>
  createVisitor(api).ask('POST /auth/login', undefined, {
    address,
    body: { email, password: given },
  })

/** As many failures as are asked for, each on an account of its own: no account is slowed down. */
async function fail(address: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const answer = await logIn(address, `${crypto.randomUUID()}@unknown.test`)
    expect(outcomeOf(answer)).toEqual([401, 'invalid_credentials'])
  }
}

const blocked = [429, 'address_blocked']
const read = (path: string, asked: Asked) => request(`${api.url}${path}`, asked)

describe('the tenth failed log-in of an address within five minutes', () => {
  it('closes it to everybody who is not signed in, on every path', async () => {
    const address = freshAddress()
    const { email } = await world.createPerson()
    await fail(address, 9)
    expect((await logIn(address, email, password)).status).toBe(200)
    await fail(address, 1)
    const refused = await logIn(address, email, password)
    expect(outcomeOf(refused)).toEqual(blocked)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(890)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(900)
    const paths = ['/api/auth/session', '/trpc/auth.session', '/nowhere', '/oauth/jwks', '/docs']
    for (const path of paths) {
      const answer = await read(path, { address })
      expect(answer.status, `${path}: ${answer.text}`).toBe(429)
      expect((await read(path, {})).status).not.toBe(429)
    }
    for (const path of ['/healthz', '/readyz']) {
      expect((await read(path, { address })).status).toBe(200)
    }
  })

  it('leaves it open to who is signed in, by cookie and by key, and closed to what is no credential', async () => {
    const address = freshAddress()
    const person = await world.createPerson()
    const owner = { userId: person.id, organizationId: world.acme, name: 'Key' }
    const permissions = ['order:read:own']
    const { key } = await api.services.apiKeys.create({ ...owner, permissions, maxAgeDays: 30 })
    await fail(address, 10)
    const orders = (asked: Asked) => read(`/api/users/${person.id}/orders`, { address, ...asked })
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    expect((await orders({ cookie: person.cookie })).status).toBe(200)
    expect((await orders(bearer(key))).status).toBe(200)
    for (const asked of [{}, { cookie: 'session=x' }, { cookie: 'other=x' }, bearer('rk_x')]) {
      expect(outcomeOf(await orders(asked))).toEqual(blocked)
    }
  })

  it('shows nothing to who brings no credential to where none is asked for', async () => {
    const address = freshAddress()
    await fail(address, 10)
    const junk = [{ cookie: 'session=junk' }, { headers: { authorization: 'Basic eDp5' } }]
    const paths = ['/docs', '/openapi.json', '/oauth/jwks', '/api/nothing', '/account/verify-email']
    for (const asked of junk) {
      for (const path of [...paths, '/.well-known/openid-configuration', '/api/users/x/orders']) {
        const answer = await read(path, { ...asked, address })
        expect(answer.status, `${path}: ${answer.text}`).toBe(429)
      }
      const token = { method: 'POST', body: 'grant_type=client_credentials', address }
      expect((await read('/oauth/token', { ...asked, ...token })).status).toBe(429)
    }
  })

  it('lets nobody log in there who is signed in already', async () => {
    const address = freshAddress()
    const person = await world.createPerson()
    const other = await world.createPerson()
    await fail(address, 10)
    const visitor = createVisitor(api, person.cookie)
    const body = { email: other.email, password }
    const refused = await visitor.ask('POST /auth/login', body, { address })
    expect(outcomeOf(refused)).toEqual(blocked)
    expect((await visitor.ask('POST /auth/login', body)).status).toBe(200)
  })

  it('is found in wrong codes too, and none may follow from there', async () => {
    const address = freshAddress()
    const person = await world.createPerson()
    const totp = await enrollTotp(api, createVisitor(api, person.cookie))
    await fail(address, 6)
    const visitor = createVisitor(api)
    const half = { email: person.email, password }
    expect((await visitor.ask('POST /auth/login', half, { address })).status).toBe(200)
    const verify = (code: string) =>
      visitor.ask('POST /auth/mfa/totp/verify', { code }, { address })
    const wrong = generateTotpCode(totp.secret, new Date(0))
    for (let time = 0; time < 4; time += 1) {
      expect(outcomeOf(await verify(wrong))).toEqual([401, 'invalid_code'])
    }
    expect(outcomeOf(await verify(totp.nextCode()))).toEqual(blocked)
  })

  it('counts an IPv6 network as one, and no other', async () => {
    const [one, other, far] = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1']
    await fail(one, 5)
    await fail(other, 5)
    expect(outcomeOf(await logIn(one))).toEqual(blocked)
    expect(outcomeOf(await logIn(other))).toEqual(blocked)
    expect(outcomeOf(await logIn(far))).toEqual([401, 'invalid_credentials'])
  })

  it('is counted by an exact window of five minutes', () => {
    expect(limits.failedLogin).toMatchObject({ limit: 9, windowSeconds: 300, per: 'address' })
  })

  it('of twenty at once closes it once', async () => {
    const address = freshAddress()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => logIn(address, `${crypto.randomUUID()}@unknown.test`)),
    )
    // 503: of one address ten passwords at most wait to be looked at.
    for (const { status } of answers) expect([401, 429, 503]).toContain(status)
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(10)
    expect(outcomeOf(await logIn(address))).toEqual(blocked)
    const rows = await world.sql.run(
      'SELECT block_count FROM blocked_addresses WHERE address_key = $1',
      [address],
    )
    expect(rows).toEqual([{ block_count: 1 }])
  })

  it('of a trusted proxy closes nothing', async () => {
    const direct = { 'content-type': 'application/json' }
    for (let time = 0; time < 11; time += 1) {
      const body = JSON.stringify({ email: `${time}@unknown.test`, password: 'a guess' })
      const answer = await fetch(`${api.url}/api/auth/login`, {
        ...{ method: 'POST', headers: direct, body },
      })
      expect(answer.status).toBe(401)
    }
  })

  it('is an alert in the log, and on the audit log', async () => {
    const address = freshAddress()
    await fail(address, 10)
    expect(api.log()).toContainEqual(
      expect.objectContaining({ blocked: 'failed_log_ins', address, count: 1 }),
    )
    const events = await readAudit(world, admin, { action: 'detection.addressBlocked' })
    expect(events).toContainEqual(
      expect.objectContaining({ target: address, after: { count: 1, until: expect.any(String) } }),
    )
  })
})

describe('a blocked address', () => {
  it('is open again after a quarter of an hour, and the next time after half an hour', async () => {
    const address = freshAddress()
    const retryAfter = async () =>
      Number((await read('/api/auth/session', { address })).headers.get('retry-after'))
    await fail(address, 10)
    expect(await retryAfter()).toBeGreaterThan(890)
    api.moveClock(15 * 60)
    expect((await read('/api/auth/session', { address })).status).toBe(401)
    await api.services.blocks.block(address, 'failed_log_ins')
    expect(await retryAfter()).toBeGreaterThan(1_790)
  })

  it('is listed and opened by an administrator, at once, with what it was on record', async () => {
    const address = freshAddress()
    await fail(address, 10)
    const list = async () => {
      const { body } = await admin.ask('GET /admin/blocked-addresses?limit=100')
      return body?.['items']
    }
    expect(await list()).toContainEqual({
      ...{ address, reason: 'failed_log_ins', count: 1 },
      ...{ blockedAt: expect.any(String), blockedUntil: expect.any(String) },
    })
    const open = () => admin.ask(`DELETE /admin/blocked-addresses/${address}`)
    expect((await open()).status).toBe(204)
    expect((await read('/api/auth/session', { address })).status).toBe(401)
    expect(await list()).not.toContainEqual(expect.objectContaining({ address }))
    expect(outcomeOf(await open())).toEqual([404, 'not_found'])
    const [, event] = await readAudit(world, admin, { action: 'admin.blockedAddresses.delete' })
    expect(event).toMatchObject({ actor: admin.id, before: { reason: 'failed_log_ins' } })
    // Who goes on there is met as for the first time.
    await logIn(address)
    expect(await list()).toContainEqual(expect.objectContaining({ address, count: 1 }))
  })

  it('that is a network is opened by its name', async () => {
    await fail('2001:db8:7:7::1', 10)
    const path =
      `DELETE /admin/blocked-addresses/${encodeURIComponent('2001:db8:7:7::/64')}` as const
    expect((await admin.ask(path)).status).toBe(204)
    expect(outcomeOf(await logIn('2001:db8:7:7::1'))).toEqual([401, 'invalid_credentials'])
  })
})

describe('an account that is guessed at from many addresses', () => {
  const guess = (email: string, given = 'a guess') => logIn(anyAddress(), email, given)

  async function besiege(): Promise<{ readonly person: Person; readonly browser: string }> {
    const person = await world.createPerson()
    const home = createVisitor(api)
    const first = await home.ask('POST /auth/login', { email: person.email, password })
    const browser = first.headers.getSetCookie().find((cookie) => cookie.startsWith('browser='))
    for (let time = 0; time < 10; time += 1) {
      expect(outcomeOf(await guess(person.email))).toEqual([401, 'invalid_credentials'])
    }
    return { person, browser: browser?.split(';')[0] ?? '' }
  }

  it('takes no more guesses from strangers, not even the right one, and says until when', async () => {
    const { person } = await besiege()
    for (const given of ['a guess', password]) {
      const refused = await guess(person.email, given)
      expect(outcomeOf(refused)).toEqual([429, 'rate_limited'])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(880)
    }
    api.moveClock(15 * 60)
    expect((await guess(person.email, password)).status).toBe(200)
  })

  it('looks as one that does not exist', async () => {
    const { person } = await besiege()
    const email = `${crypto.randomUUID()}@unknown.test`
    for (let time = 0; time < 10; time += 1) await guess(email)
    const [known, unknown] = [await guess(person.email), await guess(email)]
    expect(outcomeOf(unknown)).toEqual(outcomeOf(known))
    expect(unknown.body?.['detail']).toBe(known.body?.['detail'])
  })

  it('stays open to its owner: in a browser they have used, by the link of a mail, and signed in', async () => {
    const { person, browser } = await besiege()
    const body = { email: person.email, password }
    const atHome = { method: 'POST', body, cookie: browser }
    expect((await read('/api/auth/login', atHome)).status).toBe(200)
    // What their success has forgotten is counted anew.
    for (let time = 0; time < 10; time += 1) await guess(person.email)
    expect(outcomeOf(await guess(person.email, password))).toEqual([429, 'rate_limited'])
    const old = { method: 'POST', body, cookie: browser }
    const own = createVisitor(api, person.cookie)
    expect((await own.ask('POST /auth/step-up', { password })).status).toBe(200)
    await createVisitor(api).ask('POST /auth/password/forgot', { email: person.email })
    const token = tokenIn(await waitForMail(api, person.email, /^Set a new password/))
    const next = 'an entirely new passphrase'
    const reset = await createVisitor(api).ask('POST /auth/password/reset', {
      token,
      password: next,
    })
    expect(reset.status).toBe(204)
    expect((await guess(person.email, next)).status).toBe(200)
    // The browser knew them by the password before.
    for (let time = 0; time < 10; time += 1) await guess(person.email)
    expect(outcomeOf(await read('/api/auth/login', old))).toEqual([429, 'rate_limited'])
  })

  it("is closed to another's browser, and to a cookie that was changed", async () => {
    const { person, browser } = await besiege()
    const other = await besiege()
    const body = { email: person.email, password }
    for (const cookie of [other.browser, `${browser}x`, 'browser=v1', '']) {
      const answer = await read('/api/auth/login', { method: 'POST', body, cookie })
      expect(outcomeOf(answer)).toEqual([429, 'rate_limited'])
    }
    expect((await read('/api/auth/login', { method: 'POST', body, cookie: browser })).status).toBe(
      200,
    )
  })

  it('is not opened by who acts as its owner: their browser stays a stranger', async () => {
    const person = await world.createPerson()
    const helper = await createAdministrator(world)
    const path = `POST /admin/users/${person.id}/impersonate` as const
    const begun = await helper.ask(path, { reason: 'Ticket 7' })
    expect(begun.status).toBe(201)
    expect(begun.headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toEqual(['session'])
  })
})
