import { describe, expect, it } from 'vitest'
import { createVisitor } from '../support/create-visitor.ts'
import type { Person, World } from '../support/create-world.ts'
import { createMember, createOwner, type Member } from '../support/organizations.ts'
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
