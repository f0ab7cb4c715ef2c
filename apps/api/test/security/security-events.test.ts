import { ruleNames, rules } from '@repo/detection'
import { errorCodes } from '@repo/errors'
import { securityEvents } from '@repo/logging'
import { createPng } from '@repo/testing'
import type { AnyTRPCRouter } from '@trpc/server'
import { describe, expect, it } from 'vitest'
import type { ProcedureMeta } from '../../src/procedures/trpc.ts'
import { appRouter } from '../../src/routers/app-router.ts'
import { externalLoginSteps } from '../../src/routers/external-login.ts'
import { eventsOfActions, eventsOfRefusals } from '../../src/security-events/events-of-refusals.ts'
import { eventsOfSuccesses } from '../../src/security-events/events-of-successes.ts'
import { securityEventOf } from '../../src/security-events/security-event-of.ts'
import { isTold, type ToldEvent } from '../../src/security-events/told-event.ts'
import { createAdministrator } from '../support/administer.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { exchange, exchangeRequest } from '../support/exchange.ts'
import { type Upload, upload } from '../support/files.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const routers: readonly AnyTRPCRouter[] = [appRouter, externalLoginSteps]
const procedures = routers.flatMap((router) =>
  Object.entries<{ readonly _def: { readonly type: string; readonly meta?: ProcedureMeta } }>(
    router._def.procedures,
  ),
)
const names = procedures.map(([name]) => name)
const mutations = procedures.filter(([, { _def }]) => _def.type === 'mutation')

/** What a member changes without having authenticated of late: no credential, no role and nobody's account. */
const isOrdinary = ({ access }: ProcedureMeta = {}) =>
  access?.door === 'member' && access.fresh !== true

/** What is no procedure: what the OAuth server reports, and what the edge finds. */
const others = ['apiKeys.leaked', 'oauth.authorize', 'oauth.revoke', 'oauth.token']
const onlyRefused = ['oauth.codeReuse', 'oauth.introspect', 'oauth.tokenReuse']

describe('the table', () => {
  it('says of every change which event it is, or why it is none, but of ordinary data', () => {
    const unsaid = mutations.filter(([name]) => !Object.hasOwn(eventsOfSuccesses, name))
    expect(unsaid.filter(([, { _def }]) => !isOrdinary(_def.meta)).map(([name]) => name)).toEqual(
      [],
    )
    expect(unsaid.map(([name]) => name)).toContain('orders.create')
  })

  it('names no action that is not there', () => {
    const known = [...names, ...others, ...onlyRefused]
    const told = [...Object.keys(eventsOfSuccesses), ...Object.keys(eventsOfActions)]
    expect(told.filter((name) => !known.includes(name))).toEqual([])
  })

  it('says of every refusal which event it is, or why it is none', () => {
    expect(Object.keys(eventsOfRefusals).toSorted()).toEqual(Object.keys(errorCodes).toSorted())
  })

  it('gives a reason in words wherever there is none', () => {
    const all = [eventsOfSuccesses, eventsOfRefusals, ...Object.values(eventsOfActions)]
    const none = all
      .flatMap((table): readonly ToldEvent[] => Object.values(table))
      .flatMap((event) => (typeof event === 'string' ? [] : [event]))
    expect(none.length).toBeGreaterThan(10)
    for (const { none: reason } of none) expect(reason).toMatch(/^[a-z].{20,}$/)
  })

  it('leaves no event of the vocabulary unused', () => {
    const all = [eventsOfSuccesses, eventsOfRefusals, ...Object.values(eventsOfActions)]
    const used = new Set(all.flatMap((table) => Object.values(table)).filter(isTold))
    const ofRules = ruleNames.map((name) => rules[name].vocabulary)
    const elsewhere = ['authn_login_lock', 'session_use_after_expire']
    const ofTheProcess = ['sys_crash', 'sys_shutdown', 'sys_startup']
    expect(Object.keys(securityEvents).toSorted()).toEqual(
      [...new Set([...used, ...ofRules, ...elsewhere, ...ofTheProcess])].toSorted(),
    )
  })
})

describe('what was done', () => {
  it.each([
    ['a fault of ours', { action: 'orders.create', outcome: 'failed', code: 'internal' }, null],
    ['a log-in', { action: 'auth.login', outcome: 'success', code: null }, 'authn_login_success'],
    [
      'half a log-in',
      { action: 'auth.login', outcome: 'success', code: null, owesCode: true },
      null,
    ],
    ['a read', { action: 'orders.get', outcome: 'success', code: null }, null],
    [
      'a stranger at a door',
      { action: 'orders.get', outcome: 'denied', code: 'unauthenticated' },
      null,
    ],
    [
      'a session that is over',
      { action: 'orders.get', outcome: 'denied', code: 'unauthenticated', bringsSession: true },
      'session_use_after_expire',
    ],
    ['the edge', { action: null, outcome: 'denied', code: 'cross_site_request' }, 'malicious_cors'],
    [
      'a code that has a meaning of its own there',
      { action: 'auth.password.change', outcome: 'denied', code: 'invalid_credentials' },
      'authn_password_change_fail',
    ],
    [
      'a refresh token used twice',
      { action: 'oauth.tokenReuse', outcome: 'denied', code: 'invalid_grant' },
      'authn_token_reuse',
    ],
    [
      'a code of OAuth alone',
      { action: 'oauth.token', outcome: 'denied', code: 'unsupported_grant_type' },
      'input_validation_fail',
    ],
    [
      'a name that every object has',
      { action: 'constructor', outcome: 'success', code: 'toString' },
      null,
    ],
  ] as const)('%s is the right event', (_what, occurrence, event) => {
    expect(securityEventOf(occurrence)).toBe(event)
  })
})

type Line = Readonly<Record<string, unknown>>

/** The events of one answered request, once its own line is there. */
async function eventsOf(headers: Headers | Readonly<Record<string, string>>): Promise<Line[]> {
  const id = headers instanceof Headers ? headers.get('x-request-id') : headers['x-request-id']
  const lines = () => api.log().filter(({ requestId }) => requestId === id)
  await expect.poll(() => lines().filter(({ msg }) => msg === 'request')).toHaveLength(1)
  return lines().filter(({ event }) => event !== undefined)
}

const badFile: Upload = { bytes: Buffer.from('MZ no picture'), name: 'a.png' }

interface Case {
  readonly event: (person: Person) => string
  readonly level: string
  readonly ask: (person: Person) => Promise<{ readonly headers: Headers | Record<string, string> }>
}

const post = (path: string, person: Person | null, body?: unknown) =>
  request(`${api.url}/api${path}`, { method: 'POST', cookie: person?.cookie, body })

const cases: Readonly<Record<string, Case>> = {
  'a wrong password': {
    event: () => 'authn_login_fail',
    level: 'warn',
    ask: ({ email }) => post('/auth/login', null, { email, password: 'a wrong password' }),
  },
  'a right one': {
    event: ({ id }) => `authn_login_success:${id}`,
    level: 'info',
    ask: ({ email }) => post('/auth/login', null, { email, password }),
  },
  'a log-out': {
    event: ({ id }) => `session_expired:${id},-`,
    level: 'info',
    ask: (person) => post('/auth/logout', person),
  },
  'a confirmed session': {
    event: ({ id }) => `session_renewed:${id}`,
    level: 'info',
    ask: (person) => post('/auth/step-up', person, { password }),
  },
  'a session that was ended': {
    event: () => 'session_use_after_expire',
    level: 'warn',
    async ask(person) {
      await post('/auth/logout', person)
      return request(`${api.url}/api/auth/session`, { cookie: person.cookie })
    },
  },
  'a new password': {
    event: ({ id }) => `authn_password_change:${id}`,
    level: 'info',
    ask: (person) => {
      const passwords = { currentPassword: password, newPassword: 'an entirely new passphrase' }
      return post('/auth/password/change', person, passwords)
    },
  },
  'a new password without the old one': {
    event: ({ id }) => `authn_password_change_fail:${id}`,
    level: 'warn',
    ask: (person) => {
      const passwords = {
        currentPassword: 'a wrong one',
        newPassword: 'an entirely new passphrase',
      }
      return post('/auth/password/change', person, passwords)
    },
  },
  'a door that is for others': {
    event: ({ id }) => `authz_fail:${id},admin.users.list`,
    level: 'warn',
    ask: ({ cookie }) => request(`${api.url}/api/admin/users`, { cookie }),
  },
  'an input that is none': {
    event: ({ id }) => `input_validation_fail:${id},orders.get`,
    level: 'warn',
    ask: ({ cookie }) => request(`${api.url}/api/orders/0`, { cookie }),
  },
  'a new name': {
    event: ({ id }) => `user_updated:${id},${id}`,
    level: 'warn',
    ask: ({ id, cookie }) =>
      request(`${api.url}/api/users/${id}`, { method: 'PATCH', cookie, body: { name: 'New' } }),
  },
  'data that is taken out': {
    event: ({ id }) => `sensitive_read:${id},account.export`,
    level: 'warn',
    ask: ({ cookie }) => request(`${api.url}/api/account/export`, { cookie }),
  },
  'a file that is none of ours': {
    event: () => 'upload_validation:-,unsupported_media_type',
    level: 'warn',
    ask: (person) => upload(api, badFile, person),
  },
  'a credential that is none': {
    event: () => 'authn_login_fail',
    level: 'warn',
    ask: () => request(`${api.url}/api/orders/1`, { headers: { authorization: 'Bearer x' } }),
  },
  'a page of another site': {
    event: () => 'malicious_cors',
    level: 'warn',
    ask: () => exchangeRequest(api.url, 'POST /api/auth/login', ['Origin: https://evil.test']),
  },
  'what is no batch of tRPC': {
    event: () => 'input_validation_fail:-,/trpc/:path',
    level: 'warn',
    ask: () => request(`${api.url}/trpc/orders.get?connectionParams=[`),
  },
}

describe('one line for one event', () => {
  it.each(Object.entries(cases))('%s', async (_name, { event, level, ask }) => {
    const person = await world.createPerson()
    const { headers } = await ask(person)
    const lines = await eventsOf(headers)
    const where = { requestId: expect.any(String), traceId: expect.stringMatching(/^[\da-f]{32}$/) }
    expect(lines).toMatchObject([{ level, event: event(person), ...where }])
  })

  it('is written for what an administrator does, under the name of whoever did it', async () => {
    const [admin, person] = [await createAdministrator(world), await world.createPerson()]
    const body = { reason: 'Ticket 42' }
    const begun = await admin.ask(`POST /admin/users/${person.id}/impersonate`, body)
    const event = `authz_admin:${admin.id},admin.users.impersonate`
    expect(await eventsOf(begun.headers)).toMatchObject([{ event, target: person.id }])
    const change = { name: 'Another' }
    const changed = await admin.visitor.ask(`PATCH /users/${person.id}`, change)
    const told = { userId: person.id, organizationId: person.organizationId }
    // Who acts as somebody changes no one's account: refused, and told under both names.
    expect(await eventsOf(changed.headers)).toMatchObject([{ ...told, impersonatorId: admin.id }])
  })

  it('tells of a log-in once it is one: with the code, where one is owed', async () => {
    const person = await world.createPerson()
    const visitor = createVisitor(api, person.cookie)
    const totp = await enrollTotp(api, visitor)
    const half = await visitor.ask('POST /auth/login', { email: person.email, password })
    expect(half.body).toEqual({ mfaRequired: true })
    expect(await eventsOf(half.headers)).toEqual([])
    const wrong = await visitor.ask('POST /auth/mfa/totp/verify', { code: '000000' })
    const failed = `authn_login_fail:${person.id}`
    expect(await eventsOf(wrong.headers)).toMatchObject([{ event: failed }])
    const whole = await visitor.ask('POST /auth/mfa/totp/verify', { code: totp.nextCode() })
    const succeeded = `authn_login_success:${person.id}`
    expect(await eventsOf(whole.headers)).toMatchObject([{ event: succeeded }])
  })

  it('tells of a file by its id, and when it is deleted', async () => {
    const person = await world.createPerson()
    const kept = await upload(api, { bytes: createPng() }, person)
    const id = String(kept.body?.['id'])
    const completed = `upload_complete:${person.id},${id}`
    expect(await eventsOf(kept.headers)).toMatchObject([{ event: completed }])
    const deleted = await createVisitor(api, person.cookie).ask(`DELETE /files/${id}`)
    const gone = `upload_delete:${person.id},${id}`
    expect(await eventsOf(deleted.headers)).toMatchObject([{ event: gone }])
  })

  it('is written for each call of a batch, and for a limit that is reached', async () => {
    const { cookie } = await world.createPerson()
    const path = 'orders.get,auth.session,orders.get'
    const input = encodeURIComponent('{"0":{"orderId":0},"2":{"orderId":-1}}')
    const { headers } = await request(`${api.url}/trpc/${path}?batch=1&input=${input}`, { cookie })
    expect((await eventsOf(headers)).map(({ action }) => action)).toEqual([
      ...['orders.get', 'orders.get'],
    ])
    const address = '192.0.2.200'
    const asked = { method: 'POST', body: { email: 'not', password: 'x' }, address }
    const answers = await Promise.all(
      Array.from({ length: 130 }, () => request(`${api.url}/api/auth/login`, asked)),
    )
    const over = answers.find(({ status }) => status === 429)
    expect(await eventsOf(over?.headers ?? {})).toMatchObject([
      { event: 'excess_rate_limit_exceeded:-,auth.login', address, reason: 'rate_limited' },
    ])
  })

  it('tells of a key that others could read that it is revoked, and that it was refused', async () => {
    const person = await world.createPerson()
    const wanted = { name: 'Sync', permissions: ['order:read:own'] }
    const made = await createVisitor(api, person.cookie).ask('POST /api-keys', wanted)
    const id = String(made.body?.['id'])
    const created = `authn_token_created:${person.id},${id}`
    expect(await eventsOf(made.headers)).toMatchObject([{ event: created }])
    const key = String(made.body?.['key'])
    const leaked = await request(`${api.url}/api/orders/1?key=${key}`)
    expect(await eventsOf(leaked.headers)).toMatchObject([
      { event: `authn_token_revoked:${person.id},${id}`, reason: 'credential_in_url' },
      { event: 'authn_login_fail', reason: 'credential_in_url' },
    ])
  })

  it('is not written for what is ordinary', async () => {
    const person = await world.createPerson()
    const orderId = await world.createOrder(person)
    const { ask } = createVisitor(api, person.cookie)
    const answers = [
      await ask(`GET /orders/${orderId}`),
      await ask(`PATCH /orders/${orderId}`, { note: 'x' }),
      await ask('GET /orders/2147483647'),
      await request(`${api.url}/nowhere`),
      await request(`${api.url}/api/orders/${orderId}`),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404, 401])
    for (const { headers } of answers) expect(await eventsOf(headers)).toEqual([])
  })

  it('is written for what is no request', async () => {
    const { headers } = await exchange(api.url, 'NONSENSE\r\n\r\n')
    const event = 'input_validation_fail'
    expect(await eventsOf(headers)).toMatchObject([{ event, reason: 'bad_request' }])
  })
})
