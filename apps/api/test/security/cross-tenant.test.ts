import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { appRouter } from '../../src/routers/app-router.ts'
import { join, type World } from '../support/create-world.ts'
import {
  callerWithInput,
  idsOfEveryKind,
  missing,
  namingIds,
  sampleAbout,
  servedWithInput,
} from '../support/id-subjects.ts'
import { renewExports } from '../support/limits.ts'
import { problemOf, withoutRequestId } from '../support/problem-of.ts'
import { listProcedures } from '../support/procedures.ts'
import { type Asked, request } from '../support/request.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { type Call, idFieldsOf, named, successOf, transports } from '../support/walk.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const procedures = listProcedures(appRouter)
const inTenant = procedures.filter(({ access }) => 'action' in access && access.door !== 'admin')
describe.each(named(namingIds))('%s', (_path, procedure) => {
  describe.each(transports)('by %s', (_name, call) => {
    it.each(['viewer', 'member', 'admin', 'owner'])(
      "answers a %s alike about another tenant's object and a missing one, and writes nothing",
      async (role) => {
        const { cookie, input } = await callerWithInput(world, procedure, role)
        const stranger = await world.createPerson({ organizationId: world.globex })
        const strangers = await sampleAbout(world, procedure, stranger)
        const before = await takeSnapshot(world.sql)
        for (const field of idFieldsOf(input)) {
          const value = strangers[field]
          const foreign = await call(api.url, procedure, { ...input, [field]: value }, { cookie })
          const other = { ...input, [field]: missing(value) }
          const absent = await call(api.url, procedure, other, { cookie })
          expect([403, 404], foreign.text).toContain(foreign.status)
          if (role !== 'viewer') expect(foreign.status).toBe(404)
          expect(foreign.status).toBe(absent.status)
          expect(withoutRequestId(foreign.text)).toBe(withoutRequestId(absent.text))
        }
        expect(await takeSnapshot(world.sql)).toBe(before)
      },
    )

    it("answers a member alike about a colleague's object and a missing one", async () => {
      const { cookie, input } = await callerWithInput(world, procedure, 'member')
      const colleagues = await sampleAbout(world, procedure, await world.createPerson())
      const before = await takeSnapshot(world.sql)
      for (const field of idFieldsOf(input).filter((name) => colleagues[name] !== input[name])) {
        const value = colleagues[field]
        const hidden = await call(api.url, procedure, { ...input, [field]: value }, { cookie })
        const other = { ...input, [field]: missing(value) }
        const absent = await call(api.url, procedure, other, { cookie })
        expect(hidden.status, hidden.text).toBe(404)
        expect(withoutRequestId(hidden.text)).toBe(withoutRequestId(absent.text))
      }
      expect(await takeSnapshot(world.sql)).toBe(before)
    })

    it('serves who may their own, and writes where it says so', async () => {
      const { cookie, input } = await servedWithInput(world, procedure)
      const before = await takeSnapshot(world.sql)
      const answer = await call(api.url, procedure, input, { cookie })
      expect(answer.status, answer.text).toBe(successOf(procedure, call))
      const isUnchanged = (await takeSnapshot(world.sql)) === before
      expect(isUnchanged).toBe(procedure.type === 'query')
    })

    it('takes a UUID in upper case for the same', async () => {
      const { cookie, input } = await servedWithInput(world, procedure)
      const spelled = Object.entries(input).map(([name, value]) => [
        name,
        name.endsWith('Id') && typeof value === 'string' ? value.toUpperCase() : value,
      ])
      const answer = await call(api.url, procedure, Object.fromEntries(spelled), { cookie })
      expect(answer.status, answer.text).toBe(successOf(procedure, call))
    })

    it('answers an id of another kind of object as a missing one', async () => {
      const { caller, cookie, input } = await servedWithInput(world, procedure)
      const kinds = Object.entries(await idsOfEveryKind(world, caller, input))
      const before = await takeSnapshot(world.sql)
      for (const field of idFieldsOf(input)) {
        const own = input[field]
        const ask = async (id: unknown) => {
          await renewExports(api, procedure)
          return call(api.url, procedure, { ...input, [field]: id }, { cookie })
        }
        const absent = await ask(missing(own))
        // A number is one of every kind: only of UUIDs can it be told what they are of.
        const others = kinds.filter(
          ([kind, id]) => kind !== field && typeof own === 'string' && typeof id === 'string',
        )
        expect(others.length > 4).toBe(typeof own === 'string')
        for (const [kind, id] of others) {
          const answer = await ask(id)
          expect(answer.status, `${kind} as ${field}: ${answer.text}`).toBe(404)
          expect(withoutRequestId(answer.text)).toBe(withoutRequestId(absent.text))
        }
      }
      expect(await takeSnapshot(world.sql)).toBe(before)
    })

    it('refuses an id of another form', async () => {
      const { cookie, input } = await servedWithInput(world, procedure)
      const own = Object.entries(input).filter(([name]) => name.endsWith('Id'))
      for (const [field, value] of own) {
        for (const id of malformedFor(value, call)) {
          await renewExports(api, procedure)
          const answer = await call(api.url, procedure, { ...input, [field]: id }, { cookie })
          expect(answer.status, `${field} ${String(id)}: ${answer.text}`).toBe(400)
          expect(problemOf(answer.body)?.errors?.[0]?.pointer).toBe(`/${field}`)
        }
      }
      const answer = await call(api.url, procedure, input, { cookie })
      expect(answer.status, answer.text).toBe(successOf(procedure, call))
    })
  })
})

const longText = '1'.repeat(10_000)
const malformed: Readonly<Record<string, readonly unknown[]>> = {
  'number REST': [
    '1.5',
    '1.0',
    '0',
    '-1',
    '1e3',
    '01',
    '+1',
    '0x1',
    ' 1',
    '1 ',
    '１',
    'abc',
    '1\0',
    'null',
  ].concat(['2147483648', '9007199254740993', '1,2', '1;2', "1' OR '1'='1", '../1', longText]),
  'number tRPC': [1.5, 0, -1, 2_147_483_648, '1', 'abc', null, true, [1], { not: 1 }, longText],
  'string REST': ['1', 'abc', '%00', '\0', '*', "' OR 1=1 --", '...', longText],
  'string tRPC': [1, null, true, [], {}, '', 'abc', '\0', { not: '' }, longText],
}

function malformedFor(value: unknown, call: Call): readonly unknown[] {
  const transport = transports.find(([, one]) => one === call)?.[0]
  const cut = typeof value === 'string' ? [value.slice(1), `${value}0`, `{${value}}`] : []
  return [...(malformed[`${typeof value} ${transport}`] ?? []), ...cut]
}

it('finds procedures to walk', () => {
  expect(namingIds.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['orders.get', 'orders.update', 'orders.delete', 'users.update']),
  )
})

describe('a key of somebody with two organizations', () => {
  it('sees the one it was made in, and not that there is another', async () => {
    const person = await world.createPerson()
    await join(world.sql, world.globex, person.id, 'member')
    const owner = { userId: person.id, organizationId: world.acme, name: 'Key' }
    const permissions = ['organization:read:own', 'order:read:own']
    const { key } = await api.services.apiKeys.create({ ...owner, permissions, maxAgeDays: 30 })
    const read = (path: string, asked: Asked) => request(`${api.url}/api${path}`, asked)
    const listed = async (asked: Asked) => {
      const { body } = await read('/organizations', asked)
      return z.object({ items: z.array(z.object({ id: z.string() })) }).parse(body).items
    }
    const byKey = { headers: { authorization: `Bearer ${key}` } }
    expect((await listed(byKey)).map(({ id }) => id)).toEqual([world.acme])
    expect(await listed({ cookie: person.cookie })).toHaveLength(2)
    const statusOf = async (asked: Asked, id: string) =>
      (await read(`/organizations/${id}`, asked)).status
    expect(await statusOf(byKey, world.acme)).toBe(200)
    expect(await statusOf(byKey, world.globex)).toBe(404)
    expect(await statusOf({ cookie: person.cookie }, world.globex)).toBe(200)
    const inGlobex = await world.createOrder({ ...person, organizationId: world.globex })
    expect((await read(`/orders/${inGlobex}`, byKey)).status).toBe(404)
  })
})

describe('x-organization-id', () => {
  const organizationHeader = (id: string) => ({ 'x-organization-id': id })

  it.each(named(inTenant))('is the only tenant that %s acts in', async (_path, procedure) => {
    for (const [, call] of transports) {
      const { cookie, input } = await servedWithInput(world, procedure)
      const before = await takeSnapshot(world.sql)
      const ask = async (id: string) => {
        await renewExports(api, procedure)
        return call(api.url, procedure, input, { cookie, headers: organizationHeader(id) })
      }
      const absent = await ask(crypto.randomUUID())
      for (const id of [world.globex, 'abc', '1', "' OR 1=1 --", `${world.acme},${world.acme}`]) {
        const answer = await ask(id)
        expect(answer.status, `${id}: ${answer.text}`).toBe(404)
        expect(withoutRequestId(answer.text)).toBe(withoutRequestId(absent.text))
      }
      expect(await takeSnapshot(world.sql)).toBe(before)
      const answer = await ask(world.acme.toUpperCase())
      expect(answer.status, answer.text).toBe(successOf(procedure, call))
    }
  })

  it('picks one of two memberships, and shows nothing of the other', async () => {
    const person = await world.createPerson()
    await join(world.sql, world.globex, person.id, 'member')
    const inAcme = await world.createOrder(person)
    const inGlobex = await world.createOrder({ ...person, organizationId: world.globex })
    const read = async (orderId: number, organizationId?: string) => {
      const headers = organizationId === undefined ? {} : organizationHeader(organizationId)
      const url = `${api.url}/api/orders/${orderId}`
      const { status, body } = await request(url, { cookie: person.cookie, headers })
      return [status, body?.['code'] ?? body?.['id']]
    }
    expect(await read(inAcme)).toEqual([400, 'organization_required'])
    expect(await read(inAcme, world.acme)).toEqual([200, inAcme])
    expect(await read(inGlobex, world.globex)).toEqual([200, inGlobex])
    expect(await read(inAcme, world.globex)).toEqual([404, 'not_found'])
    expect(await read(inGlobex, world.acme)).toEqual([404, 'not_found'])
  })
})
