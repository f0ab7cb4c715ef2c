import { limits } from '@repo/rate-limit'
import { createAuthenticator } from '@repo/testing'
import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { type Person, password, signIn, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { addPasskey, logInWithPasskey } from '../support/passkeys.ts'
import { problemOf } from '../support/problem-of.ts'
import { listProcedures } from '../support/procedures.ts'
import type { Answer } from '../support/request.ts'
import { createSubject, type Subject, samples } from '../support/samples.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { named, standingFor, transports } from '../support/walk.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const freshSeconds = 15 * 60
const codeOf = ({ body }: Answer) => problemOf(body)?.code
const stepUp = (visitor: Visitor, word = password) =>
  visitor.ask('POST /auth/step-up', { password: word })
const exported = async (visitor: Visitor) => (await visitor.ask('GET /account/export')).status

/** Somebody who logs in now, while the clock stands: the second at which a door closes is theirs to say. */
async function logIn(person?: Person): Promise<Visitor> {
  const { email } = person ?? (await world.createPerson())
  return createVisitor(api, await signIn(api, email))
}

/** Puts a log-in some seconds into the past, as exactly as the database keeps it. */
const age = ({ id }: Person, seconds: number) =>
  world.sql.run('UPDATE sessions SET authenticated_at = $2 WHERE user_id = $1', [
    id,
    new Date(api.services.clock().getTime() - seconds * 1_000),
  ])

describe('a door for fresh sessions', () => {
  it('is open for 15 minutes after the log-in, and closed a second after them', async () => {
    const visitor = await logIn()
    const { body } = await visitor.ask('GET /auth/session')
    const sinceMs = () =>
      api.services.clock().getTime() - Date.parse(`${body?.['authenticatedAt']}`)
    api.moveClock(freshSeconds - 5)
    expect(sinceMs()).toBeLessThan(freshSeconds * 1_000)
    expect(await exported(visitor)).toBe(200)
    api.moveClock(6)
    expect(sinceMs()).toBeLessThan((freshSeconds + 5) * 1_000)
    const late = await visitor.ask('GET /account/export')
    expect([late.status, codeOf(late)]).toEqual([403, 'step_up_required'])
    expect(await visitor.status()).toBe(200)
  })

  it('opens again after step-up, under a new id', async () => {
    const visitor = await logIn()
    const before = visitor.cookie
    api.moveClock(freshSeconds + 1)
    expect(await exported(visitor)).toBe(403)
    const answer = await stepUp(visitor)
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([200, 1])
    expect(visitor.cookie).not.toBe(before)
    expect(await createVisitor(api, before).status()).toBe(401)
    expect(await exported(visitor)).toBe(200)
    api.moveClock(freshSeconds + 1)
    expect(await exported(visitor)).toBe(403)
  })

  it('is not opened by anything else that changes the id, or by use', async () => {
    const visitor = await logIn()
    api.moveClock(freshSeconds - 5)
    const change = { currentPassword: password, newPassword: 'an entirely new passphrase' }
    expect((await visitor.ask('POST /auth/password/change', change)).status).toBe(204)
    expect(await exported(visitor)).toBe(200)
    api.moveClock(6)
    expect(await exported(visitor)).toBe(403)
  })

  it('counts a log-in with a passkey', async () => {
    const { cookie } = await world.createPerson()
    const authenticator = createAuthenticator({ origin: api.services.config.baseUrl })
    expect((await addPasskey(createVisitor(api, cookie), authenticator)).status).toBe(201)
    api.moveClock(freshSeconds + 1)
    const visitor = createVisitor(api)
    expect((await logInWithPasskey(visitor, authenticator)).status).toBe(200)
    expect(await exported(visitor)).toBe(200)
  })

  it.each([
    ['of an administrator ends with a password what a passkey once was', 'admin', false],
    ['of anybody else leaves what a passkey was', undefined, true],
  ])('%s', async (_what, platformRole, secondFactor) => {
    const person = await world.createPerson(platformRole === undefined ? {} : { platformRole })
    const authenticator = createAuthenticator({ origin: api.services.config.baseUrl })
    await addPasskey(createVisitor(api, person.cookie), authenticator)
    const visitor = createVisitor(api)
    await logInWithPasskey(visitor, authenticator)
    const session = async () => (await visitor.ask('GET /auth/session')).body
    expect(await session()).toMatchObject({ secondFactor: true })
    api.moveClock(freshSeconds + 1)
    expect((await stepUp(visitor)).status).toBe(200)
    expect(await session()).toMatchObject({ secondFactor })
  })

  it('counts the code, not the password before it', async () => {
    const person = await world.createPerson()
    const { nextCode } = await enrollTotp(api, createVisitor(api, person.cookie))
    const visitor = await logIn(person)
    api.moveClock(4 * 60)
    expect((await visitor.ask('POST /auth/mfa/totp/verify', { code: nextCode() })).status).toBe(200)
    api.moveClock(freshSeconds - 60)
    expect(await exported(visitor)).toBe(200)
  })
})

const fresh = listProcedures(appRouter).filter(
  ({ access }) => 'fresh' in access && access.fresh === true,
)

describe.each(named(fresh))('%s', (_path, procedure) => {
  const inputOf = (subject: Subject) => samples[procedure.path]?.(subject)

  it.each(transports)('writes nothing for a log-in 15 minutes ago, by %s', async (_name, call) => {
    const person = await world.createPerson({ role: 'owner', ...standingFor(procedure) })
    const subject = await createSubject(world, person)
    const { cookie } = person
    await age(person, freshSeconds + 1)
    const before = await takeSnapshot(world.sql)
    const answer = await call(api.url, procedure, inputOf(subject), { cookie })
    expect([answer.status, codeOf(answer)]).toEqual([403, 'step_up_required'])
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await takeSnapshot(world.sql)).toBe(before)
    await age(person, freshSeconds - 60)
    const open = await call(api.url, procedure, inputOf(subject), { cookie })
    expect(codeOf(open)).not.toBe('step_up_required')
    expect(open.status).not.toBe(401)
  })
})

it('the doors for fresh sessions are those that change credentials', () => {
  expect(fresh.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      'account.delete',
      'account.export',
      'apiKeys.create',
      'apiKeys.list',
      'apiKeys.revoke',
      'apiKeys.rotate',
      'auth.email.change',
      'auth.mfa.totp.disable',
      'auth.password.change',
      'organizations.delete',
      'organizations.invitations.create',
      'organizations.members.list',
      'organizations.members.remove',
      'organizations.members.update',
      'organizations.update',
      'sessions.revoke',
    ]),
  )
})

describe('a wrong password', () => {
  it('changes nothing', async () => {
    const visitor = await logIn()
    const before = visitor.cookie
    api.moveClock(freshSeconds + 1)
    const answer = await stepUp(visitor, 'wrong')
    expect([answer.status, codeOf(answer)]).toEqual([401, 'invalid_credentials'])
    expect(visitor.cookie).toBe(before)
    expect([await visitor.status(), await exported(visitor)]).toEqual([200, 403])
  })

  it("of another's account opens nothing", async () => {
    const [person, other] = [await world.createPerson(), await world.createPerson()]
    const word = 'another passphrase of one'
    await createVisitor(api, other.cookie).ask('POST /auth/password/change', {
      currentPassword: password,
      newPassword: word,
    })
    const visitor = await logIn(person)
    expect((await stepUp(visitor, word)).status).toBe(401)
    expect((await stepUp(visitor)).status).toBe(200)
  })

  it('can be tried 20 times in 15 minutes by one caller, from wherever, and by others still', async () => {
    const [person, other] = [await logIn(), await logIn()]
    const { limit, windowSeconds } = limits.proof
    expect([limit, windowSeconds]).toEqual([20, 900])
    // Every request comes from another address.
    for (let count = 0; count < limit; count += 1) {
      expect((await stepUp(person, 'wrong')).status, `the ${count}th`).toBe(401)
    }
    const refused = await stepUp(person)
    expect([refused.status, codeOf(refused)]).toEqual([429, 'rate_limited'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const change = { currentPassword: password, newPassword: 'an entirely new passphrase' }
    expect((await person.ask('POST /auth/password/change', change)).status).toBe(429)
    expect(await person.status()).toBe(200)
    expect((await stepUp(other)).status).toBe(200)
  })
})
