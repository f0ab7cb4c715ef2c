import { beforeAll, describe, expect, it } from 'vitest'
import { type Administrator, createAdministrator, readAudit } from '../support/administer.ts'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { openSession, type Person, password, type World } from '../support/create-world.ts'
import { findMails, waitForMail } from '../support/mails.ts'
import { outcomeOf } from '../support/organizations.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

interface Scene {
  readonly admin: Administrator
  readonly person: Person
  /** The administrator's browser, which acts as the person. */
  readonly disguised: Visitor
  /** The person's own browser. */
  readonly own: Visitor
}

const begin = ({ ask }: Pick<Visitor, 'ask'>, id: string) =>
  ask(`POST /admin/users/${id}/impersonate`, { reason: 'Ticket 42' })

async function createScene(): Promise<Scene> {
  const [admin, person] = [await createAdministrator(world), await world.createPerson()]
  const begun = await begin(admin, person.id)
  if (begun.status !== 201) throw new Error(begun.text)
  const { visitor: disguised } = admin
  return { admin, person, disguised, own: createVisitor(api, person.cookie) }
}

const end = ({ ask }: Visitor) => ask('POST /auth/impersonation/end')

describe('an administrator who acts as somebody', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await createScene()
  })

  it('is told whom they are, and that they are not', async () => {
    const { disguised, person, own } = scene
    const { body } = await disguised.ask('GET /auth/session')
    expect(body).toMatchObject({ user: { id: person.id, platformRole: null }, impersonated: true })
    expect((await own.ask('GET /auth/session')).body).toMatchObject({ impersonated: false })
  })

  it('sees and changes what the person may, and no more', async () => {
    const { disguised, person } = scene
    const orderId = await world.createOrder(person)
    const others = await world.createOrder(await world.createPerson())
    expect((await disguised.ask(`GET /orders/${orderId}`)).status).toBe(200)
    expect((await disguised.ask(`PATCH /orders/${orderId}`, { note: 'Mended' })).status).toBe(200)
    expect((await disguised.ask(`GET /orders/${others}`)).status).toBe(404)
    expect((await disguised.ask('GET /admin/users')).status).toBe(403)
  })

  it('is on the audit log and in the request log under both names', async () => {
    const { admin, disguised, person } = scene
    const orderId = await world.createOrder(person)
    await disguised.ask(`DELETE /orders/${orderId}`)
    await disguised.ask('DELETE /orders/2147483647')
    const auditor = await createAdministrator(world)
    const events = await readAudit(world, auditor, { person: person.id })
    const names = { actor: admin.id, onBehalfOf: person.id }
    expect(events.slice(0, 2)).toMatchObject([
      { ...names, action: 'orders.delete', outcome: 'denied' },
      { ...names, action: 'orders.delete', outcome: 'success', organizationId: world.acme },
    ])
    expect(events.at(-1)).toMatchObject({
      ...{ actor: admin.id, onBehalfOf: null, action: 'admin.users.impersonate' },
      target: person.id,
      after: { reason: 'Ticket 42', until: expect.any(String) },
    })
    expect(api.log()).toContainEqual(
      expect.objectContaining({ userId: person.id, impersonatorId: admin.id }),
    )
  })

  it('is on record under both names for each call of a batch that ends it', async () => {
    const { admin, disguised, person } = await createScene()
    const orderId = await world.createOrder(person)
    const answer = await fetch(`${api.url}/trpc/auth.endImpersonation,orders.update?batch=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: disguised.cookie ?? '' },
      body: JSON.stringify({ 1: { orderId, note: 'Mended' } }),
    })
    expect(answer.status).toBe(200)
    const auditor = await createAdministrator(world)
    const [event] = await readAudit(world, auditor, { target: String(orderId) })
    const names = { actor: admin.id, onBehalfOf: person.id }
    expect(event).toMatchObject({ ...names, action: 'orders.update', outcome: 'success' })
  })

  it('is seen by the person: a mail, and a session among theirs', async () => {
    const { person, own } = scene
    await waitForMail(api, person.email, /^An administrator is looking at your account/)
    const { body } = await own.ask('GET /sessions')
    const sessions = body?.['items']
    expect(sessions).toHaveLength(2)
    expect(sessions).toContainEqual(
      expect.objectContaining({ impersonated: true, current: false, userAgent: expect.anything() }),
    )
    expect(sessions).toContainEqual(expect.objectContaining({ impersonated: false, current: true }))
  })

  it.each([
    ['POST', '/auth/step-up', { password }],
    ['POST', '/auth/password/change', { currentPassword: password, newPassword: 'another phrase' }],
    ['POST', '/auth/email/change', { email: 'taken-over@world.test' }],
    ['POST', '/auth/mfa/totp/enroll', undefined],
    ['POST', '/auth/passkeys/register/options', undefined],
    ['POST', '/api-keys', { name: 'Key', permissions: ['order:read:own'] }],
    ['POST', '/sessions/revoke-others', undefined],
    ['GET', '/account/export', undefined],
    ['DELETE', '/account', undefined],
    ['POST', '/organizations', { name: 'Ours' }],
  ] as const)('does not touch credentials: %s %s', async (method, path, body) => {
    const { disguised, own } = scene
    const refused = await disguised.ask(`${method} ${path}`, body)
    expect(outcomeOf(refused)).toEqual([403, 'impersonating'])
    expect(await own.status()).toBe(200)
  })
})

describe('an impersonation ends', () => {
  const endings: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
    'when the person ends that session': async ({ own }) => {
      const { body } = await own.ask('GET /sessions')
      const items: readonly Readonly<Record<string, unknown>>[] = Object(body?.['items'])
      const session = [...items].find(({ impersonated }) => impersonated)
      return own.ask(`DELETE /sessions/${session?.['id']}`)
    },
    'when the person ends all other sessions': ({ own }) => own.ask('POST /sessions/revoke-others'),
    'when the person sets a new password': ({ own }) =>
      own.ask('POST /auth/password/change', {
        currentPassword: password,
        newPassword: 'an entirely new passphrase',
      }),
    'when the person is suspended': ({ person }) =>
      world.sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id]),
    'when the person gets a role on the platform': ({ person }) =>
      world.sql.run("UPDATE users SET platform_role = 'support' WHERE id = $1", [person.id]),
    'when the administrator loses the role': ({ admin }) =>
      world.sql.run("UPDATE users SET platform_role = 'support' WHERE id = $1", [admin.id]),
    'when the administrator is suspended': ({ admin }) =>
      world.sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [admin.id]),
    "when the administrator's own session ends": ({ admin }) =>
      world.sql.run('DELETE FROM sessions WHERE user_id = $1', [admin.id]),
  }

  it.each(Object.entries(endings))('%s', async (_when, finish) => {
    const scene = await createScene()
    expect(await scene.disguised.status()).toBe(200)
    await finish(scene)
    expect(await scene.disguised.status()).toBe(401)
    const left = 'SELECT FROM sessions WHERE impersonator_id = $1'
    expect(await world.sql.run(left, [scene.admin.id])).toEqual([])
  })

  it.each([
    ['the person has a role on the platform', 'person', "platform_role = 'support'"],
    ['the administrator has lost theirs', 'admin', "platform_role = 'support'"],
    ['the administrator is suspended', 'admin', 'disabled_at = now()'],
  ] as const)('where %s, even if its row is still there', async (_what, who, state) => {
    const { disguised, ...people } = await createScene()
    const set = (change: string) =>
      world.sql.run(`UPDATE users SET ${change} WHERE id = $1`, [people[who].id])
    await world.sql.run('ALTER TABLE users DISABLE TRIGGER USER')
    try {
      await set(state)
      expect(await disguised.status()).toBe(401)
      const role = who === 'admin' ? "'admin'" : 'NULL'
      await set(`platform_role = ${role}, disabled_at = NULL`)
      expect(await disguised.status()).toBe(200)
    } finally {
      await world.sql.run('ALTER TABLE users ENABLE TRIGGER USER')
    }
  })

  it('after 30 minutes, whatever is done meanwhile', async () => {
    const { disguised } = await createScene()
    api.moveClock(29 * 60)
    expect(await disguised.status()).toBe(200)
    api.moveClock(2 * 60)
    expect(await disguised.status()).toBe(401)
  })

  it('no later than the session that it was begun in', async () => {
    const admin = await createAdministrator(world)
    const soon = new Date(api.services.clock().getTime() + 60_000)
    await world.sql.run('UPDATE sessions SET expires_at = $2 WHERE user_id = $1', [admin.id, soon])
    expect((await begin(admin, (await world.createPerson()).id)).status).toBe(201)
    api.moveClock(59)
    expect(await admin.status()).toBe(200)
    api.moveClock(2)
    expect(await admin.status()).toBe(401)
  })

  it('by going back, under a new id: neither cookie before is worth anything', async () => {
    const admin = await createAdministrator(world)
    const before = admin.cookie
    await begin(admin, (await world.createPerson()).id)
    const { visitor } = admin
    const during = visitor.cookie
    const ended = await end(visitor)
    expect([ended.status, ended.body]).toMatchObject([
      200,
      { user: { id: admin.id, platformRole: 'admin' }, impersonated: false },
    ])
    expect((await admin.ask('GET /admin/users')).status).toBe(200)
    for (const old of [before, during]) expect(await createVisitor(api, old).status()).toBe(401)
    expect(outcomeOf(await end(visitor))).toEqual([403, 'forbidden'])
  })

  it('by logging out, which ends the session that it was begun in too', async () => {
    const { admin, disguised } = await createScene()
    expect((await disguised.ask('POST /auth/logout')).status).toBe(204)
    expect(await createVisitor(api, admin.cookie).status()).toBe(401)
    expect(await world.sql.run('SELECT FROM sessions WHERE user_id = $1', [admin.id])).toEqual([])
  })
})

describe('nobody acts as', () => {
  const create = async (change: string, person = world.createPerson()) => {
    const { id } = await person
    await world.sql.run(`UPDATE users SET ${change} WHERE id = $1`, [id])
    return id
  }
  async function erase() {
    const { id, cookie } = await world.createPerson()
    const erased = await createVisitor(api, cookie).ask('DELETE /account')
    if (erased.status !== 204) throw new Error(erased.text)
    return id
  }
  const targets: Readonly<
    Record<string, readonly [status: number, find: (admin: Administrator) => Promise<string>]>
  > = {
    themselves: [409, async ({ id }) => id],
    'another administrator': [409, async () => (await createAdministrator(world)).id],
    'the support': [409, async () => (await createAdministrator(world, 'support')).id],
    'who is suspended': [409, () => create('disabled_at = now()')],
    'who has proven no address': [409, () => create('email_verified_at = NULL')],
    'who was erased': [404, erase],
    nobody: [404, async () => crypto.randomUUID()],
  }

  it.each(Object.entries(targets))('%s', async (_who, [status, find]) => {
    const admin = await createAdministrator(world)
    const id = await find(admin)
    expect((await begin(admin, id)).status).toBe(status)
    expect((await admin.ask('GET /auth/session')).body).toMatchObject({ user: { id: admin.id } })
    const mails = await findMails(api, admin.email)
    expect(mails).toEqual([])
    expect((await begin(admin, (await world.createPerson()).id)).status).toBe(201)
  })

  it('anybody, without a reason, the role, or a fresh session', async () => {
    const person = await world.createPerson()
    const admin = await createAdministrator(world)
    const path = `POST /admin/users/${person.id}/impersonate` as const
    expect(outcomeOf(await admin.ask(path, {}))).toEqual([400, 'invalid_input'])
    const support = await createAdministrator(world, 'support')
    expect(outcomeOf(await begin(support, person.id))).toEqual([403, 'forbidden'])
    await world.sql.run(
      "UPDATE sessions SET authenticated_at = now() - interval '1 day' WHERE user_id = $1",
      [admin.id],
    )
    expect(outcomeOf(await begin(admin, person.id))).toEqual([403, 'step_up_required'])
    const fresh = createVisitor(api, await openSession(api, admin.id))
    expect((await begin(fresh, person.id)).status).toBe(201)
  })

  it('anybody for longer than half an hour, nor in a half session: the database refuses the row', async () => {
    const { person } = await createScene()
    const change = (set: string) =>
      world.sql.run(
        `UPDATE sessions SET ${set} WHERE user_id = $1 AND impersonator_id IS NOT NULL RETURNING 1 AS one`,
        [person.id],
      )
    await expect(change("expires_at = created_at + interval '31 minutes'")).rejects.toThrow(/check/)
    await expect(change('pending = true')).rejects.toThrow(/check/)
    await expect(change('impersonator_id = user_id')).rejects.toThrow(/check/)
    expect(await change("expires_at = created_at + interval '30 minutes'")).toHaveLength(1)
  })
})
