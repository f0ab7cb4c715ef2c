import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { servedKind } from '../support/access-matrix.ts'
import { createCallers } from '../support/create-caller.ts'
import type { World } from '../support/create-world.ts'
import { problemOf } from '../support/problem-of.ts'
import { listProcedures } from '../support/procedures.ts'
import { request } from '../support/request.ts'
import { createSubject } from '../support/samples.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { named, sampleOf, successOf, transports } from '../support/walk.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const someoneElse = '01234567-89ab-7def-8123-456789abcdef'

// What a model holds and no caller may set, and what an ORM would take for a command.
const stolen: Readonly<Record<string, unknown>> = {
  id: 1,
  organizationId: someoneElse,
  organization_id: someoneElse,
  userId: someoneElse,
  role: 'owner',
  platformRole: 'admin',
  email: 'owner@world.test',
  emailVerified: true,
  emailVerifiedAt: '2020-01-01T00:00:00.000Z',
  disabledAt: null,
  createdAt: '2020-01-01T00:00:00.000Z',
  updatedAt: '2020-01-01T00:00:00.000Z',
  passwordHash: 'x',
  data: { role: 'owner' },
  where: {},
  memberships: { create: { role: 'owner' } },
  membership: { connect: { userId: someoneElse } },
}

// What an administrator of the platform is there to give.
const given: Readonly<Record<string, readonly string[]>> = {
  'admin.users.create': ['platformRole'],
  'admin.users.update': ['platformRole'],
}

const changes = listProcedures(appRouter).filter(
  ({ type, access }) => type === 'mutation' && 'action' in access,
)

describe.each(named(changes))('%s', (_path, procedure) => {
  describe.each(transports)('by %s', (_name, call) => {
    it('takes no field that is not its own, and changes nothing', async () => {
      const { asked, input } = await createInput()
      const before = await takeSnapshot(world.sql)
      for (const [name, value] of Object.entries(stolen).filter(
        ([name]) => !(name in input || given[procedure.path]?.includes(name)),
      )) {
        // A query, which is all that DELETE has, holds text alone.
        const sent = procedure.rest?.rest.method === 'DELETE' ? String(value) : value
        const answer = await call(api.url, procedure, { ...input, [name]: sent }, asked)
        expect(answer.status, `${name}: ${answer.text}`).toBe(400)
        const pointers = problemOf(answer.body)?.errors?.map(({ pointer }) => pointer)
        expect(pointers).toEqual([`/${name}`])
      }
      expect(await takeSnapshot(world.sql)).toBe(before)
      const answer = await call(api.url, procedure, input, asked)
      expect(answer.status, answer.text).toBe(successOf(procedure, call))
      expect(await takeSnapshot(world.sql)).not.toBe(before)
    })
  })

  async function createInput() {
    const subject = await createSubject(world, await world.createPerson())
    const { person, asked } = await createCallers(world)(servedKind(procedure), subject.person)
    const input = (await sampleOf(procedure, { world, subject, caller: person })) ?? {}
    return { asked, input }
  }
})

it('finds changes to walk', () => {
  const paths = changes.map(({ path }) => path)
  expect(paths).toEqual(expect.arrayContaining(['orders.create', 'orders.update', 'users.update']))
})

describe('an id in the path', () => {
  it.each(['body', 'query'])('is not overridden by another one in the %s', async (place) => {
    const person = await world.createPerson()
    const [orderId, other] = [await world.createOrder(person), await world.createOrder(person)]
    const before = await takeSnapshot(world.sql)
    const query = place === 'query' ? `?orderId=${other}` : ''
    const change = { status: 'paid', ...(place === 'body' && { orderId: other }) }
    const patch = (path: string, body: unknown) =>
      request(`${api.url}/api/orders/${path}`, { method: 'PATCH', cookie: person.cookie, body })
    const answer = await patch(`${orderId}${query}`, change)
    expect(answer.status).toBe(400)
    const errors = problemOf(answer.body)?.errors
    expect(errors).toEqual([expect.objectContaining({ pointer: '/orderId', code: 'duplicate' })])
    expect(await takeSnapshot(world.sql)).toBe(before)
    expect((await patch(String(orderId), { status: 'paid' })).status).toBe(200)
  })

  it('is not overridden for a user either', async () => {
    const [person, other] = [await world.createPerson(), await world.createPerson()]
    const patch = (body: unknown) =>
      request(`${api.url}/api/users/${person.id}`, { method: 'PATCH', cookie: person.cookie, body })
    expect((await patch({ userId: other.id, name: 'Stolen' })).status).toBe(400)
    expect((await patch({ name: 'Own' })).status).toBe(200)
    const rows = await world.sql.run('SELECT name FROM users WHERE id = ANY($1) ORDER BY name', [
      [person.id, other.id],
    ])
    expect(rows.map(({ name }) => name)).toEqual(['Own', expect.stringMatching(/^Person \d+$/)])
  })
})
