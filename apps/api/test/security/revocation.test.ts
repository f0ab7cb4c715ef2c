import { createAuthenticator } from '@repo/testing'
import { describe, expect, it } from 'vitest'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { openSession, type Person, password, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { waitForToken } from '../support/mails.ts'
import { addPasskey } from '../support/passkeys.ts'
import { problemOf } from '../support/problem-of.ts'
import { type Answer, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const minute = 60
const day = 24 * 60 * minute
const next = 'an entirely new passphrase'
const codeOf = ({ body }: Answer) => problemOf(body)?.code
const permissions = ['order:read:own', 'order:create:own']

interface Setting {
  readonly person: Person
  /** The session in which the person makes the change. */
  readonly own: Visitor
  /** Another session of theirs, as on a stolen laptop. */
  readonly other: Visitor
}

async function createSetting(): Promise<Setting> {
  const person = await world.createPerson()
  const other = createVisitor(api, await openSession(api, person.id))
  return { person, own: createVisitor(api, person.cookie), other }
}

const change = (text: string, { person }: Setting) => world.sql.run(text, [person.id])

async function done(answer: Promise<Answer>): Promise<Answer> {
  const { status, text } = await answer
  expect(status, text).toBeLessThan(300)
  return answer
}

async function resetPassword({ person: { email } }: Setting) {
  const visitor = createVisitor(api)
  await done(visitor.ask('POST /auth/password/forgot', { email }))
  const token = await waitForToken(api, email, 'reset')
  await done(visitor.ask('POST /auth/password/reset', { token, password: next }))
}

async function changeEmail({ person, own }: Setting) {
  const email = `${person.id}@moved.test`
  await done(own.ask('POST /auth/email/change', { email }))
  for (const address of [person.email, email]) {
    const token = await waitForToken(api, address, 'change')
    await done(createVisitor(api).ask('POST /auth/email/confirm', { token }))
  }
}

async function revokeOther({ own }: Setting) {
  const { body } = await own.ask('GET /sessions')
  const items = body?.['items'] as { id: string; current: boolean }[]
  await done(own.ask(`DELETE /sessions/${items.find(({ current }) => !current)?.id}`))
}

const nothing = async () => {}

interface Revocation {
  readonly name: string
  /** Makes what the change needs, before the sessions are looked at. */
  readonly prepare?: (setting: Setting) => Promise<unknown>
  readonly revoke: (setting: Setting) => Promise<unknown>
  /** What becomes of the session that makes the change. */
  readonly own: keyof typeof after
}

/** The status of its id from before, and of the one it has now. */
const after = {
  stays: [200, 200],
  'goes on under a new id': [401, 200],
  ends: [401, 401],
}

let passkeyId = ''

const revocations: readonly Revocation[] = [
  {
    name: 'its log-out',
    revoke: ({ other }) => done(other.ask('POST /auth/logout')),
    own: 'stays',
  },
  { name: 'the revocation of one session', revoke: revokeOther, own: 'stays' },
  {
    name: 'the revocation of the other sessions',
    revoke: ({ own }) => done(own.ask('POST /sessions/revoke-others')),
    own: 'stays',
  },
  {
    name: 'a change of the password',
    revoke: ({ own }) => {
      const input = { currentPassword: password, newPassword: next }
      return done(own.ask('POST /auth/password/change', input))
    },
    own: 'goes on under a new id',
  },
  { name: 'a reset of the password', revoke: resetPassword, own: 'ends' },
  { name: 'a change of the address', revoke: changeEmail, own: 'ends' },
  {
    name: 'codes turned on',
    revoke: ({ own }) => enrollTotp(api, own),
    own: 'goes on under a new id',
  },
  {
    name: 'codes turned off',
    async prepare({ person, own, other }) {
      await enrollTotp(api, own)
      other.cookie = await openSession(api, person.id, { secondFactor: true })
    },
    revoke: ({ own }) => done(own.ask('POST /auth/mfa/totp/disable')),
    own: 'goes on under a new id',
  },
  {
    name: 'a passkey removed',
    async prepare({ own }) {
      const authenticator = createAuthenticator({ origin: api.services.config.baseUrl })
      passkeyId = String((await done(addPasskey(own, authenticator))).body?.['id'])
    },
    revoke: ({ own }) => done(own.ask(`DELETE /auth/passkeys/${passkeyId}`)),
    own: 'goes on under a new id',
  },
  {
    name: 'the disabling of the person',
    revoke: (setting) => change('UPDATE users SET disabled_at = now() WHERE id = $1', setting),
    own: 'ends',
  },
  {
    name: 'the deletion of the account',
    revoke: ({ own }) => done(own.ask('DELETE /account')),
    own: 'ends',
  },
]

describe('a session ends on the next request after', () => {
  it.each(revocations)('$name', async ({ prepare = nothing, revoke, own }) => {
    const setting = await createSetting()
    await prepare(setting)
    const bystander = await createSetting()
    const [kept, lost] = [setting.own.cookie, setting.other.cookie]
    expect([await setting.own.status(), await setting.other.status()]).toEqual([200, 200])
    await revoke(setting)
    const late = await createVisitor(api, lost).ask('GET /auth/session')
    expect([late.status, codeOf(late)]).toEqual([401, 'unauthenticated'])
    expect([await createVisitor(api, kept).status(), await setting.own.status()]).toEqual(
      after[own],
    )
    expect(await bystander.own.status()).toBe(200)
  })

  it('24 hours without a request', async () => {
    const { own, other } = await createSetting()
    api.moveClock(day - minute)
    expect(await own.status()).toBe(200)
    api.moveClock(minute + 1)
    expect([await own.status(), await other.status()]).toEqual([200, 401])
  })

  it('7 days, however often it is used', async () => {
    const { own } = await createSetting()
    for (let half = 1; half < 14; half += 1) {
      api.moveClock(day / 2)
      expect(await own.status(), `after ${half} half days`).toBe(200)
    }
    api.moveClock(day / 2)
    expect(await own.status()).toBe(401)
  })

  it('7 days after the log-in, though step-up has changed its id', async () => {
    const { own } = await createSetting()
    for (let half = 1; half < 14; half += 1) {
      api.moveClock(day / 2)
      await done(own.ask('POST /auth/step-up', { password }))
    }
    api.moveClock(day / 2)
    expect(await own.status()).toBe(401)
  })

  it('5 minutes, when a code is owed: it is not made whole any more', async () => {
    const { person, own } = await createSetting()
    const totp = await enrollTotp(api, own)
    const logIn = async () => {
      const visitor = createVisitor(api)
      await done(visitor.ask('POST /auth/login', { email: person.email, password }))
      return visitor
    }
    const verify = (visitor: Visitor) =>
      visitor.ask('POST /auth/mfa/totp/verify', { code: totp.nextCode() })
    const early = await logIn()
    api.moveClock(4 * minute)
    expect((await verify(early)).status).toBe(200)
    const late = await logIn()
    api.moveClock(5 * minute + 1)
    const answer = await verify(late)
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated'])
    expect(await early.status()).toBe(200)
  })
})

describe('one who is signed in loses, on the next request after', () => {
  const create = ({ person, own }: Setting) =>
    own.ask(`POST /users/${person.id}/orders`, { currency: 'EUR', totalCents: 1 })

  it.each([
    ['their removal', 'UPDATE memberships SET removed_at = now() WHERE user_id = $1'],
    ['another role', "UPDATE memberships SET role = 'viewer' WHERE user_id = $1"],
  ])('%s, what the organization let them do', async (_name, text) => {
    const setting = await createSetting()
    expect((await create(setting)).status).toBe(201)
    await change(text, setting)
    expect(await create(setting)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await setting.own.status()).toBe(200)
  })
})

interface Keys {
  readonly setting: Setting
  readonly keyId: string
  /** Creates an order by the key. */
  readonly create: () => Promise<Answer>
}

async function createKey(): Promise<Keys> {
  const setting = await createSetting()
  const { person } = setting
  const input = { name: 'Sync', permissions }
  const { body } = await done(setting.own.ask('POST /api-keys', input))
  const headers = { authorization: `Bearer ${body?.['key']}` }
  const url = `${api.url}/api/users/${person.id}/orders`
  const order = { currency: 'EUR', totalCents: 1 }
  return {
    setting,
    keyId: String(body?.['id']),
    create: () => request(url, { method: 'POST', headers, body: order }),
  }
}

type KeyRevocation = readonly [string, (keys: Keys) => Promise<unknown>, number, string]
const bySql =
  (text: string) =>
  ({ setting }: Keys) =>
    change(text, setting)

describe('a key ends on the next request after', () => {
  const keyRevocations: readonly KeyRevocation[] = [
    [
      'its revocation',
      ({ setting, keyId }) => done(setting.own.ask(`DELETE /api-keys/${keyId}`)),
      401,
      'invalid_token',
    ],
    [
      "its owner's disabling",
      bySql('UPDATE users SET disabled_at = now() WHERE id = $1'),
      401,
      'invalid_token',
    ],
    [
      "its owner's removal",
      bySql('UPDATE memberships SET removed_at = now() WHERE user_id = $1'),
      401,
      'invalid_token',
    ],
    [
      "its owner's deletion",
      ({ setting }) => done(setting.own.ask('DELETE /account')),
      401,
      'invalid_token',
    ],
    [
      "a role of its owner's without the permission",
      bySql("UPDATE memberships SET role = 'viewer' WHERE user_id = $1"),
      403,
      'forbidden',
    ],
    ['90 days', async () => api.moveClock(day + 1), 401, 'invalid_token'],
  ]

  it.each(keyRevocations)('%s', async (_name, revoke, status, code) => {
    const [keys, bystander] = [await createKey(), await createKey()]
    // Close to its end, so that a day reaches it and not the bystander's.
    const soon = new Date(api.services.clock().getTime() + day * 1_000)
    const end = 'UPDATE api_keys SET expires_at = $2 WHERE id = $1'
    await world.sql.run(end, [keys.keyId, soon])
    expect((await keys.create()).status).toBe(201)
    await revoke(keys)
    const late = await keys.create()
    expect([late.status, codeOf(late)]).toEqual([status, code])
    expect((await bystander.create()).status).toBe(201)
  })

  it('90 days by itself, and not a second earlier', async () => {
    const { create } = await createKey()
    api.moveClock(90 * day - 60)
    expect((await create()).status).toBe(201)
    api.moveClock(61)
    expect((await create()).status).toBe(401)
  })
})

describe('where keys live 30 days', () => {
  let strict: TestApi
  let there: World
  useWorld(
    (made) => {
      strict = made.api
      there = made.world
    },
    { environment: { API_KEY_MAX_AGE_DAYS: '30' } },
  )

  it('an older key ends, whatever was written with it', async () => {
    const { id: userId, organizationId } = await there.createPerson()
    const owner = { userId, organizationId, name: 'Old', permissions, maxAgeDays: 90 }
    const { key } = await strict.services.apiKeys.create(owner)
    const made = (days: number) => {
      const created = Date.now() - days * day * 1_000
      const times = [new Date(created), new Date(created + 90 * day * 1_000)]
      const text = 'UPDATE api_keys SET created_at = $2, expires_at = $3 WHERE user_id = $1'
      return there.sql.run(text, [userId, ...times])
    }
    const read = () =>
      request(`${strict.url}/api/users/${userId}/orders`, {
        headers: { authorization: `Bearer ${key}` },
      })
    await made(29)
    expect((await read()).status).toBe(200)
    await made(30)
    expect((await read()).status).toBe(401)
  })
})

describe('when the organization asks for a second factor, on the next request', () => {
  async function createOrganization() {
    const organizationId = crypto.randomUUID()
    await world.sql.run('INSERT INTO organizations (id, name) VALUES ($1, $2)', [
      organizationId,
      'Initech',
    ])
    const owner = await world.createPerson({ organizationId, role: 'owner' })
    const member = await world.createPerson({ organizationId })
    const ask = () =>
      createVisitor(api, owner.cookie).ask(`PATCH /organizations/${organizationId}`, {
        requireSecondFactor: true,
      })
    return { member, visitor: createVisitor(api, member.cookie), demand: () => done(ask()) }
  }

  const read = async (visitor: Visitor, { id }: Person) => {
    const answer = await visitor.ask(`GET /users/${id}/orders`)
    return codeOf(answer) ?? answer.status
  }

  async function readByKey({ id: userId, organizationId }: Person) {
    const owner = { userId, organizationId, name: 'Sync', permissions, maxAgeDays: 30 }
    const { key } = await api.services.apiKeys.create(owner)
    const headers = { authorization: `Bearer ${key}` }
    return async () => {
      const answer = await request(`${api.url}/api/users/${userId}/orders`, { headers })
      return codeOf(answer) ?? answer.status
    }
  }

  it('a session without one is refused, and can set one up', async () => {
    const { member, visitor, demand } = await createOrganization()
    expect(await read(visitor, member)).toBe(200)
    await demand()
    expect(await read(visitor, member)).toBe('second_factor_required')
    expect(await visitor.status()).toBe(200)
    await enrollTotp(api, visitor)
    expect(await read(visitor, member)).toBe(200)
  })

  it('a session with one goes on, and ends with it', async () => {
    const { member, visitor, demand } = await createOrganization()
    await enrollTotp(api, visitor)
    await demand()
    expect(await read(visitor, member)).toBe(200)
    await done(visitor.ask('POST /auth/mfa/totp/disable'))
    expect(await read(visitor, member)).toBe('second_factor_required')
  })

  it('a key is refused where its owner has none', async () => {
    const { member, visitor, demand } = await createOrganization()
    const byKey = await readByKey(member)
    expect(await byKey()).toBe(200)
    await demand()
    expect(await byKey()).toBe('second_factor_required')
    await enrollTotp(api, visitor)
    expect(await byKey()).toBe(200)
  })
})
