import { describe, expect, it, vi } from 'vitest'
import { createVisitor } from '../support/create-visitor.ts'
import type { Person, World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { findMails, waitForMail } from '../support/mails.ts'
import { createMember, createOwner, type Member } from '../support/organizations.ts'
import { request } from '../support/request.ts'
import { endSlowness, slowDown } from '../support/slow-down.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

// What is taken from a member while their changes are under way, each by whom it is taken in life.
const takings: Readonly<Record<string, readonly [status: number, take: Taking]>> = {
  'their role': [
    403,
    ({ owner, person }) => owner.ask(membershipOf(person, 'PATCH'), { role: 'viewer' }),
  ],
  'their membership': [403, ({ owner, person }) => owner.ask(membershipOf(person, 'DELETE'))],
  'their access': [
    401,
    ({ person }) =>
      world.sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id]),
  ],
  'their session': [
    401,
    ({ person }) => createVisitor(api, person.cookie).ask('POST /auth/logout'),
  ],
}

type Taking = (people: { readonly owner: Member; readonly person: Person }) => Promise<unknown>

const membershipOf = <Method extends 'PATCH' | 'DELETE'>(person: Person, method: Method) =>
  `${method} /organizations/${person.organizationId}/members/${person.id}` as const

const change = (person: Person, orderId: number, note: string) =>
  createVisitor(api, person.cookie).ask(`PATCH /orders/${orderId}`, { note })

async function noteOf(orderId: number): Promise<unknown> {
  const [row] = await world.sql.run('SELECT note FROM orders WHERE id = $1', [orderId])
  return row?.['note']
}

describe('a change that is under way while somebody takes', () => {
  it.each(Object.entries(takings))(
    '%s is done whole or refused whole, and the next one is refused',
    async (_what, [status, take]) => {
      const owner = await createOwner(world)
      const person = await createMember(world, owner.organizationId, 'member')
      const orderIds: number[] = []
      for (let count = 0; count < 8; count += 1) orderIds.push(await world.createOrder(person))
      expect((await change(person, orderIds[0] ?? 0, 'before')).status).toBe(200)
      await slowDown(world.sql, 'UPDATE ON orders')
      const changes = orderIds.map((orderId) => change(person, orderId, 'meanwhile'))
      await take({ owner, person })
      const answers = await Promise.all(changes)
      await endSlowness(world.sql, 'UPDATE ON orders')
      for (const [index, answer] of answers.entries()) {
        expect([200, status], answer.text).toContain(answer.status)
        const isWritten = (await noteOf(orderIds[index] ?? 0)) === 'meanwhile'
        expect(isWritten).toBe(answer.status === 200)
      }
      expect((await change(person, orderIds[0] ?? 0, 'after')).status).toBe(status)
      expect(await noteOf(orderIds[0] ?? 0)).not.toBe('after')
    },
  )
})

describe('a session that is ended by a call beside the change', () => {
  it('leaves the change done, told to its owner, and on record as done', async () => {
    const person = await world.createPerson()
    const visitor = createVisitor(api, person.cookie)
    await enrollTotp(api, visitor)
    await waitForMail(api, person.email, /something changed/)
    const path = '/trpc/auth.logout,auth.mfa.totp.disable?batch=1'
    const cookie = visitor.cookie ?? ''
    const { status } = await request(api.url + path, { method: 'POST', cookie, body: {} })
    expect([200, 207]).toContain(status)
    expect(await visitor.status()).toBe(401)
    const left = await world.sql.run('SELECT FROM totp_secrets WHERE user_id = $1', [person.id])
    expect(left).toEqual([])
    await vi.waitFor(async () => {
      const texts = (await findMails(api, person.email)).map(({ text }) => text)
      expect(texts.join()).toContain('no longer protect your account')
    })
    await api.services.audit.flush()
    const records = await world.sql.run(
      `SELECT outcome FROM audit.page($1, NULL, 'auth.mfa.totp.disable', NULL, NULL, NULL, NULL, NULL, 9)`,
      [person.id],
    )
    expect(records).toEqual([{ outcome: 'success' }])
  })
})

describe('a caller whose quota is used up, by whom it may be', () => {
  it('still ends what uses it up: sessions, keys, and whoever acts as them', async () => {
    const person = await world.createPerson()
    const visitor = createVisitor(api, person.cookie)
    const key = await visitor.ask('POST /api-keys', {
      name: 'Stolen',
      permissions: ['order:read:own'],
    })
    const { limiter } = api.services
    const use = () => limiter.decide([{ name: 'user', key: person.id }])
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 50 }, use))
    }
    expect((await visitor.ask(`GET /users/${person.id}/orders`)).status).toBe(429)
    const revoked = await visitor.ask(`DELETE /api-keys/${key.body?.['id']}`)
    expect(revoked.status, revoked.text).toBe(204)
    expect((await visitor.ask('GET /sessions')).status).toBe(200)
    expect((await visitor.ask('POST /sessions/revoke-others')).status).toBe(204)
    expect((await visitor.ask('POST /auth/logout')).status).toBe(204)
  })
})
