import { createAuthenticator, generateTotpCode } from '@repo/testing'
import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { type EnrolledTotp, enrollTotp } from '../support/enroll-totp.ts'
import { waitForMail } from '../support/mails.ts'
import { requireSecondFactor } from '../support/organizations.ts'
import { addPasskey, logInWithPasskey } from '../support/passkeys.ts'
import { problemOf } from '../support/problem-of.ts'
import { listProcedures } from '../support/procedures.ts'
import type { Answer } from '../support/request.ts'
import { createSubject, samples } from '../support/samples.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { transports } from '../support/walk.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const codeOf = ({ body }: Answer) => problemOf(body)?.code
const verify = (visitor: Visitor, code: string) =>
  visitor.ask('POST /auth/mfa/totp/verify', { code })
const recover = (visitor: Visitor, code: string) =>
  visitor.ask('POST /auth/mfa/recovery/verify', { code })
const read = async (visitor: Visitor) => (await visitor.ask('GET /auth/mfa')).body

async function logIn({ email }: Person): Promise<Visitor> {
  const visitor = createVisitor(api)
  await visitor.ask('POST /auth/login', { email, password })
  return visitor
}

interface Protected {
  readonly person: Person
  readonly visitor: Visitor
  readonly totp: EnrolledTotp
}

async function createProtected(): Promise<Protected> {
  const person = await world.createPerson()
  const visitor = createVisitor(api, person.cookie)
  return { person, visitor, totp: await enrollTotp(api, visitor) }
}

async function countFailed(visitor: Visitor) {
  const { body } = await visitor.ask('GET /auth/session')
  const user = body?.['user'] as { readonly id: string }
  const text = 'SELECT failed_codes AS failed FROM totp_secrets WHERE user_id = $1'
  return world.sql.run(text, [user.id])
}

describe('turning codes on', () => {
  it('begins with a secret and ends with ten recovery codes', async () => {
    const person = await world.createPerson()
    const visitor = createVisitor(api, person.cookie)
    const enrolled = await visitor.ask('POST /auth/mfa/totp/enroll')
    const secret = String(enrolled.body?.['secret'])
    expect(enrolled.status).toBe(200)
    expect(enrolled.body).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      uri: expect.stringContaining(`secret=${secret}`),
    })
    expect(await read(visitor)).toEqual({ totp: false, recoveryCodes: 0, passkeys: 0 })
    const wrong = await visitor.ask('POST /auth/mfa/totp/confirm', { code: '000000' })
    expect([wrong.status, codeOf(wrong)]).toEqual([401, 'invalid_code'])
    const whole = await logIn(person)
    expect(await whole.status()).toBe(200)
    const code = generateTotpCode(secret, api.services.clock())
    const confirmed = await visitor.ask('POST /auth/mfa/totp/confirm', { code })
    expect(confirmed.status).toBe(200)
    const { recoveryCodes } = confirmed.body ?? {}
    expect(new Set(recoveryCodes as string[]).size).toBe(10)
    expect(await read(visitor)).toEqual({ totp: true, recoveryCodes: 10, passkeys: 0 })
    await waitForMail(api, person.email, /something changed/)
  })

  it('makes the session that did it one with a second factor, under a new id', async () => {
    const { person, visitor } = await createProtected()
    expect((await visitor.ask('GET /auth/session')).body).toMatchObject({ secondFactor: true })
    expect(visitor.cookie).not.toBe(person.cookie)
    expect(await createVisitor(api, person.cookie).status()).toBe(401)
  })

  it('is refused while they are on, so that no thief replaces them', async () => {
    const { visitor, totp } = await createProtected()
    const answer = await visitor.ask('POST /auth/mfa/totp/enroll')
    expect([answer.status, codeOf(answer)]).toEqual([409, 'conflict'])
    const code = totp.nextCode()
    expect(codeOf(await visitor.ask('POST /auth/mfa/totp/confirm', { code }))).toBe('conflict')
  })
})

describe('log-in with codes on', () => {
  it('answers nothing but that a code is owed, with a cookie', async () => {
    const { person } = await createProtected()
    const visitor = createVisitor(api)
    const answer = await visitor.ask('POST /auth/login', { email: person.email, password })
    expect([answer.status, answer.body]).toEqual([200, { mfaRequired: true }])
    expect(answer.headers.getSetCookie()).toHaveLength(1)
    expect(await visitor.status()).toBe(401)
    const wrong = { email: person.email, password: 'wrong' }
    const refused = await createVisitor(api).ask('POST /auth/login', wrong)
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([401, []])
  })

  it('is whole after a code, under another id', async () => {
    const { person, totp } = await createProtected()
    const visitor = await logIn(person)
    const half = visitor.cookie
    const answer = await verify(visitor, totp.nextCode())
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ user: { id: person.id }, secondFactor: true })
    expect(visitor.cookie).not.toBe(half)
    expect(await visitor.status()).toBe(200)
    const old = createVisitor(api, half)
    expect([await old.status(), (await verify(old, totp.nextCode())).status]).toEqual([401, 401])
  })

  it('takes a code once, and no earlier one after it', async () => {
    const { person, totp } = await createProtected()
    const [early, code] = [totp.nextCode(), totp.nextCode()]
    expect((await verify(await logIn(person), code)).status).toBe(200)
    const late = await logIn(person)
    expect(codeOf(await verify(late, code))).toBe('invalid_code')
    expect(codeOf(await verify(late, early))).toBe('invalid_code')
    expect((await verify(late, totp.nextCode())).status).toBe(200)
  })

  it('ends after five wrong codes, of either kind', async () => {
    const { person, totp } = await createProtected()
    const visitor = await logIn(person)
    for (const code of ['000000', '000001', '000002']) {
      expect(codeOf(await verify(visitor, code))).toBe('invalid_code')
    }
    for (const code of ['0000-0000-0000-0000', '1111-1111-1111-1111']) {
      expect(codeOf(await recover(visitor, code))).toBe('invalid_code')
    }
    const late = await verify(visitor, totp.nextCode())
    expect([late.status, codeOf(late)]).toEqual([401, 'unauthenticated'])
    const again = await logIn(person)
    await verify(again, '000000')
    expect((await verify(again, totp.nextCode())).status).toBe(200)
  })

  it('can be given up', async () => {
    const { person, totp } = await createProtected()
    const visitor = await logIn(person)
    const half = visitor.cookie
    expect((await visitor.ask('POST /auth/logout')).status).toBe(204)
    expect(visitor.cookie).toBeUndefined()
    expect((await verify(createVisitor(api, half), totp.nextCode())).status).toBe(401)
  })

  it('takes no code of somebody else', async () => {
    const [mine, theirs] = [await createProtected(), await createProtected()]
    const visitor = await logIn(theirs.person)
    expect(codeOf(await recover(visitor, mine.totp.recoveryCodes[0] ?? ''))).toBe('invalid_code')
    expect((await recover(visitor, theirs.totp.recoveryCodes[0] ?? '')).status).toBe(200)
  })
})

it('half signed in, one can complete the log-in, give it up, and nothing else', async () => {
  const { person } = await createProtected()
  const { cookie } = await logIn(person)
  const subject = await createSubject(world, person)
  const served: string[] = []
  for (const procedure of listProcedures(appRouter)) {
    if (procedure.access.door === 'public' || procedure.path === 'auth.logout') continue
    const input = samples[procedure.path]?.(subject)
    for (const [name, call] of transports) {
      const answer = await call(api.url, procedure, input, { cookie })
      if (codeOf(answer) !== 'unauthenticated') served.push(`${procedure.path} by ${name}`)
      else expect(answer.status).toBe(401)
    }
  }
  const own = ['auth.mfa.recovery.verify', 'auth.mfa.totp.verify']
  const both = own.flatMap((path) => transports.map(([name]) => `${path} by ${name}`))
  expect(served.toSorted()).toEqual(both.toSorted())
  expect((await createVisitor(api, cookie).ask('POST /auth/logout')).status).toBe(204)
})

describe('a recovery code', () => {
  it('is good once, and its owner is told', async () => {
    const { person, visitor, totp } = await createProtected()
    const [code = ''] = totp.recoveryCodes
    const recovered = await logIn(person)
    const answer = await recover(recovered, code.toLowerCase().replaceAll('-', ' '))
    expect([answer.status, await recovered.status()]).toEqual([200, 200])
    expect(answer.body).toMatchObject({ secondFactor: true })
    expect(await read(visitor)).toMatchObject({ recoveryCodes: 9 })
    expect(codeOf(await recover(await logIn(person), code))).toBe('invalid_code')
    expect((await recover(await logIn(person), totp.recoveryCodes[1] ?? '')).status).toBe(200)
    await expect
      .poll(async () => (await waitForMail(api, person.email, /changed/)).text)
      .toContain('A recovery code of your account was used.')
  })

  it('ends when new ones are made', async () => {
    const { person, visitor, totp } = await createProtected()
    const answer = await visitor.ask('POST /auth/mfa/recovery/replace')
    const [fresh = ''] = (answer.body?.['recoveryCodes'] ?? []) as string[]
    expect(answer.status).toBe(200)
    const later = await logIn(person)
    expect(codeOf(await recover(later, totp.recoveryCodes[0] ?? ''))).toBe('invalid_code')
    expect((await recover(later, fresh)).status).toBe(200)
  })
})

describe('turning codes off', () => {
  it('makes the password enough again, and ends the recovery codes', async () => {
    const { person, visitor, totp } = await createProtected()
    const half = await logIn(person)
    const before = visitor.cookie
    expect((await visitor.ask('POST /auth/mfa/totp/disable')).status).toBe(204)
    expect(visitor.cookie).not.toBe(before)
    expect((await visitor.ask('GET /auth/session')).body).toMatchObject({ secondFactor: false })
    expect(await read(visitor)).toEqual({ totp: false, recoveryCodes: 0, passkeys: 0 })
    expect((await recover(half, totp.recoveryCodes[0] ?? '')).status).toBe(401)
    expect(await (await logIn(person)).status()).toBe(200)
  })
})

describe('step-up with codes on', () => {
  const stepUp = (visitor: Visitor, code?: string) =>
    visitor.ask('POST /auth/step-up', { password, ...(code && { code }) })

  it('without a code is no wrong one, however often it is asked', async () => {
    const { visitor, totp } = await createProtected()
    const [{ failed } = {}] = await countFailed(visitor)
    for (let count = 0; count < 10; count += 1) {
      expect(codeOf(await stepUp(visitor))).toBe('invalid_code')
    }
    expect(await countFailed(visitor)).toEqual([{ failed }])
    expect(codeOf(await stepUp(visitor, '000000'))).toBe('invalid_code')
    expect(await countFailed(visitor)).toEqual([{ failed: Number(failed) + 1 }])
    expect((await stepUp(visitor, totp.nextCode())).status).toBe(200)
  })

  it('wants the password and a code', async () => {
    const { visitor, totp } = await createProtected()
    api.moveClock(60 * 60)
    const before = visitor.cookie
    expect(codeOf(await stepUp(visitor))).toBe('invalid_code')
    expect(codeOf(await stepUp(visitor, '000000'))).toBe('invalid_code')
    const input = { password: 'wrong', code: totp.nextCode() }
    expect(codeOf(await visitor.ask('POST /auth/step-up', input))).toBe('invalid_credentials')
    expect(codeOf(await visitor.ask('GET /account/export'))).toBe('step_up_required')
    expect(visitor.cookie).toBe(before)
    expect((await stepUp(visitor, totp.nextCode())).status).toBe(200)
    expect(visitor.cookie).not.toBe(before)
    expect((await visitor.ask('GET /account/export')).status).toBe(200)
  })
})

describe('whose only factor is a passkey', () => {
  const routes = [
    ['POST /auth/mfa/totp/enroll', undefined],
    ['POST /auth/mfa/totp/confirm', { code: '000000' }],
    ['POST /auth/mfa/totp/disable', undefined],
    ['POST /auth/mfa/recovery/replace', undefined],
    ['POST /auth/passkeys/register/options', undefined],
  ] as const

  async function createHolder() {
    const person = await world.createPerson()
    const visitor = createVisitor(api, person.cookie)
    const authenticator = createAuthenticator({ origin: api.services.config.baseUrl })
    expect((await addPasskey(visitor, authenticator)).status).toBe(201)
    return { person, visitor, authenticator }
  }

  it('the password alone puts no other in its place, and takes it from nobody', async () => {
    const { person } = await createHolder()
    const thief = await logIn(person)
    expect((await thief.ask('GET /auth/session')).body).toMatchObject({ secondFactor: false })
    for (const [route, body] of routes) {
      const answer = await thief.ask(route, body)
      expect([answer.status, codeOf(answer)], route).toEqual([403, 'second_factor_required'])
    }
    const { body: listed } = await thief.ask('GET /auth/passkeys')
    const [passkey] = await api.services.passkeys.list(person.id)
    expect(listed?.['items']).toMatchObject([{ id: passkey?.id }])
    const removed = await thief.ask(`DELETE /auth/passkeys/${passkey?.id}`)
    expect([removed.status, codeOf(removed)]).toEqual([403, 'second_factor_required'])
    expect(await read(thief)).toEqual({ totp: false, recoveryCodes: 0, passkeys: 1 })
  })

  it('without it is in no session of two factors any more', async () => {
    const { person, visitor } = await createHolder()
    const [passkey] = await api.services.passkeys.list(person.id)
    const strong = async () => (await visitor.ask('GET /auth/session')).body?.['secondFactor']
    expect(await strong()).toBe(true)
    const totp = await enrollTotp(api, visitor)
    expect((await visitor.ask(`DELETE /auth/passkeys/${passkey?.id}`)).status).toBe(204)
    expect(await strong()).toBe(true)
    expect((await visitor.ask('POST /auth/mfa/totp/disable')).status).toBe(204)
    expect(await strong()).toBe(false)
    expect(totp.recoveryCodes).toHaveLength(10)
    expect(
      (await addPasskey(visitor, createAuthenticator({ origin: api.services.config.baseUrl })))
        .status,
    ).toBe(201)
    const [last] = await api.services.passkeys.list(person.id)
    expect(await strong()).toBe(true)
    expect((await visitor.ask(`DELETE /auth/passkeys/${last?.id}`)).status).toBe(204)
    expect(await strong()).toBe(false)
  })

  it('the passkey itself opens all of it, where it was added and where it logged in', async () => {
    const { visitor, authenticator } = await createHolder()
    expect((await visitor.ask('GET /auth/session')).body).toMatchObject({ secondFactor: true })
    await enrollTotp(api, visitor)
    const other = createVisitor(api)
    await logInWithPasskey(other, authenticator)
    expect((await other.ask('POST /auth/mfa/totp/disable')).status).toBe(204)
  })
})

describe('an organization that requires a second factor', () => {
  it('is closed to a session of one, and open to one of two', async () => {
    const person = await world.createPerson({ organizationId: await world.createTenant('Strict') })
    const visitor = createVisitor(api, person.cookie)
    const ask = () => visitor.ask(`GET /users/${person.id}/orders`)
    expect((await ask()).status).toBe(200)
    await requireSecondFactor(world, person.organizationId, true)
    const refused = await ask()
    expect([refused.status, codeOf(refused)]).toEqual([403, 'second_factor_required'])
    await enrollTotp(api, visitor)
    expect((await ask()).status).toBe(200)
  })
})
