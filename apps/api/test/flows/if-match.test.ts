import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { callRest, callTrpc } from '../support/call.ts'
import type { Person, World } from '../support/create-world.ts'
import { problemOf } from '../support/problem-of.ts'
import { type Declared, listProcedures } from '../support/procedures.ts'
import { type Answer, type Asked, request } from '../support/request.ts'
import { createSubject } from '../support/samples.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { type Call, sampleOf, standingFor, transports } from '../support/walk.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const procedures = listProcedures(appRouter)

function procedureOf(path: string): Declared {
  const found = procedures.find((procedure) => procedure.path === path)
  if (!found) throw new Error(`There is no ${path}.`)
  return found
}

interface Change extends Asked {
  readonly tag?: string
  readonly input?: Readonly<Record<string, unknown>>
}

/** Changes an order, or calls another procedure, with If-Match. */
function change(call: Call, orderId: number, { tag, input, ...asked }: Change) {
  const headers = tag === undefined ? {} : { 'if-match': tag }
  return call(api.url, procedureOf('orders.update'), input ?? { orderId, status: 'paid' }, {
    ...asked,
    headers: { ...headers, ...asked.headers },
  })
}

const codeOf = (answer: Answer) => problemOf(answer.body)?.code
const failed = [412, 'precondition_failed']

async function tagOf(path: string, { cookie }: Pick<Person, 'cookie'>): Promise<string> {
  const tag = (await request(`${api.url}/api${path}`, { cookie })).headers.get('etag')
  if (tag === null) throw new Error(`${path} has no ETag.`)
  return tag
}

describe('ETag', () => {
  it('stands on every answer of one object, and changes with it alone', async () => {
    const person = await world.createPerson()
    const { cookie, id } = person
    const created = await request(`${api.url}/api/users/${id}/orders`, {
      method: 'POST',
      cookie,
      body: { currency: 'EUR', totalCents: 1 },
    })
    const orderId = Number(created.body?.['id'])
    const tag = created.headers.get('etag')
    expect(tag).toBe(`"${Date.parse(String(created.body?.['updatedAt']))}"`)
    expect(await tagOf(`/orders/${orderId}`, person)).toBe(tag)
    const changed = await change(callRest, orderId, { cookie })
    expect(changed.headers.get('etag')).toMatch(/^"\d{13}"$/)
    expect(changed.headers.get('etag')).not.toBe(tag)
    expect(await tagOf(`/orders/${orderId}`, person)).toBe(changed.headers.get('etag'))
  })

  it('stands on no list, refusal or empty answer', async () => {
    const person = await world.createPerson()
    const orderId = await world.createOrder(person)
    const ask = (method: string, path: string) =>
      request(`${api.url}/api${path}`, { method, cookie: person.cookie })
    for (const answer of [
      await ask('GET', `/users/${person.id}/orders`),
      await ask('GET', '/orders/0'),
      await ask('DELETE', `/orders/${orderId}`),
    ]) {
      expect(answer.headers.get('etag')).toBeNull()
    }
  })
})

describe.each(transports)('If-Match by %s', (_name, call) => {
  it('lets through who has seen the present version, and nobody else', async () => {
    const person = await world.createPerson()
    const { cookie } = person
    const orderId = await world.createOrder(person)
    const tag = await tagOf(`/orders/${orderId}`, person)
    expect((await change(call, orderId, { cookie, tag })).status).toBe(200)
    const before = await takeSnapshot(world.sql)
    const late = await change(call, orderId, { cookie, tag })
    expect([late.status, codeOf(late)]).toEqual(failed)
    expect(await takeSnapshot(world.sql)).toBe(before)
    const now = await tagOf(`/orders/${orderId}`, person)
    expect((await change(call, orderId, { cookie, tag: now })).status).toBe(200)
    expect((await change(call, orderId, { cookie })).status).toBe(200)
  })

  it('of 20 changes at once with one tag one is done, the rest are refused', async () => {
    const person = await world.createPerson()
    const { cookie } = person
    const orderId = await world.createOrder(person)
    const tag = await tagOf(`/orders/${orderId}`, person)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, totalCents) =>
        change(call, orderId, { cookie, tag, input: { orderId, totalCents } }),
      ),
    )
    const done = answers.filter(({ status }) => status === 200)
    expect(done).toHaveLength(1)
    const refused = answers.filter((answer) => !done.includes(answer))
    expect(refused.map((answer) => [answer.status, codeOf(answer)])).toEqual(Array(19).fill(failed))
  })

  it('of 20 changes of a user at once with one tag one is done, by an admin too', async () => {
    const [person, admin] = [
      await world.createPerson(),
      await world.createPerson({ role: 'admin' }),
    ]
    for (const { cookie } of [person, admin]) {
      const tag = await tagOf(`/users/${person.id}`, person)
      const rename = (name: string) =>
        call(
          api.url,
          procedureOf('users.update'),
          { userId: person.id, name },
          {
            cookie,
            headers: { 'if-match': tag },
          },
        )
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => rename(`N${index}`)),
      )
      const statuses = answers.map(({ status }) => status).toSorted()
      expect(statuses).toEqual([200, ...Array(19).fill(412)])
    }
  })

  it('a hidden order stays 404, a readable one that may not be changed 403', async () => {
    const [person, stranger, viewer] = [
      await world.createPerson(),
      await world.createPerson({ organizationId: world.globex, role: 'owner' }),
      await world.createPerson({ role: 'viewer' }),
    ]
    const orderId = await world.createOrder(person)
    const own = await world.createOrder(viewer)
    const tags = ['*', '"1"', 'W/"1"', await tagOf(`/orders/${orderId}`, person)]
    for (const tag of tags) {
      const hidden = await change(call, orderId, { cookie: stranger.cookie, tag })
      expect([hidden.status, codeOf(hidden)]).toEqual([404, 'not_found'])
      const forbidden = await change(call, own, { cookie: viewer.cookie, tag })
      expect([forbidden.status, codeOf(forbidden)]).toEqual([403, 'forbidden'])
      const nobody = await change(call, orderId, { tag })
      expect(nobody.status).toBe(401)
    }
  })

  it.each<[string, (tag: string) => string, number]>([
    ['*', () => '*', 200],
    ['a list that holds it', (tag) => `"1", ${tag}`, 200],
    ['a list with empty places', (tag) => `, "a,b" ,,${tag},`, 200],
    ['a weak one', (tag) => `W/${tag}`, 412],
    ['a list of others', () => '"1", "abc", ""', 412],
    ['a list with only a weak one of it', (tag) => `"1", W/${tag}`, 412],
    ['another spelling of it', (tag) => tag.replace('"', '"0'), 412],
    ['a year that no calendar has', () => '"99999999999999999999"', 412],
    ['no quotes', (tag) => tag.replaceAll('"', ''), 400],
    ['half of the quotes', (tag) => tag.slice(1), 400],
    ['* among others', (tag) => `*, ${tag}`, 400],
    ['a small w', (tag) => `w/${tag}`, 400],
    ['nothing', () => '', 400],
    ['commas alone', () => ' , ,', 400],
    ['two without a comma', (tag) => `${tag} ${tag}`, 400],
    ['21 tags', (tag) => Array(21).fill(tag).join(), 400],
  ])('%s', async (_what, write, status) => {
    const person = await world.createPerson()
    const orderId = await world.createOrder(person)
    const tag = write(await tagOf(`/orders/${orderId}`, person))
    const answer = await change(call, orderId, { cookie: person.cookie, tag })
    expect(answer.status, answer.text).toBe(status)
    const refusals: Readonly<Record<number, string>> = {
      400: 'bad_request',
      412: 'precondition_failed',
    }
    expect(codeOf(answer)).toBe(refusals[status])
  })

  it('20 000 characters of almost a list are refused at once', async () => {
    const { cookie } = await world.createPerson()
    const started = performance.now()
    const answer = await change(call, 1, { cookie, tag: `${'"1" ,\t'.repeat(2_000)} x` })
    expect(answer.status).toBe(400)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('asks nothing of who only reads', async () => {
    const person = await world.createPerson()
    const orderId = await world.createOrder(person)
    const answer = await call(
      api.url,
      procedureOf('orders.get'),
      { orderId },
      {
        cookie: person.cookie,
        headers: { 'if-match': '"1"' },
      },
    )
    expect(answer.status).toBe(200)
  })

  it('does not hide from nobody that they are nobody', async () => {
    const headers = { 'if-match': '"1"' }
    const input = { sessionId: crypto.randomUUID() }
    const answer = await call(api.url, procedureOf('sessions.revoke'), input, { headers })
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated'])
  })

  it('cannot be met by what creates', async () => {
    const person = await world.createPerson()
    const input = { userId: person.id, currency: 'EUR', totalCents: 1 }
    const create = (headers: Readonly<Record<string, string>>) =>
      call(api.url, procedureOf('orders.create'), input, { cookie: person.cookie, headers })
    expect((await create({ 'if-match': '"1"' })).status).toBe(412)
    expect((await create({ 'if-match': '*' })).status).toBeLessThan(300)
  })
})

it('a batch of calls refuses the header', async () => {
  const person = await world.createPerson()
  const [first, second] = [await world.createOrder(person), await world.createOrder(person)]
  const batch = (headers: Readonly<Record<string, string>>) =>
    request(`${api.url}/trpc/orders.update,orders.update?batch=1`, {
      method: 'POST',
      cookie: person.cookie,
      body: { 0: { orderId: first, status: 'paid' }, 1: { orderId: second, status: 'paid' } },
      headers,
    })
  expect((await batch({ 'if-match': '*' })).status).toBe(400)
  expect((await batch({})).status).toBe(200)
})

const changes = procedures.filter(({ rest }) => /^(PATCH|DELETE)$/.test(rest?.rest.method ?? ''))

describe.each(changes.map((procedure) => [procedure.path, procedure] as const))(
  '%s',
  (_path, procedure) => {
    it.each([
      ['REST', callRest],
      ['tRPC', callTrpc],
    ] as const)('does nothing on a version that has gone, by %s', async (_name, call) => {
      const person = await world.createPerson({ role: 'owner', ...standingFor(procedure) })
      const subject = await createSubject(world, person)
      const input = await sampleOf(procedure, { world, subject, caller: person })
      const ask = (tag: string) =>
        call(api.url, procedure, input, { cookie: person.cookie, headers: { 'if-match': tag } })
      const before = await takeSnapshot(world.sql)
      const refused = await ask('"1"')
      expect([refused.status, codeOf(refused)]).toEqual(failed)
      expect(await takeSnapshot(world.sql)).toBe(before)
      expect((await ask('*')).status).toBeLessThan(300)
    })
  },
)

it('there are changes to walk over', () => {
  expect(changes.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['orders.update', 'orders.delete', 'users.update']),
  )
})

it('/openapi.json names the header where it is honoured, and what it may lead to', async () => {
  const { body } = await request(`${api.url}/openapi.json`)
  const operations: object = Reflect.get(Object(body?.['paths']), '/orders/{orderId}')
  const texts = ['get', 'patch', 'delete'].map((method) =>
    JSON.stringify(Reflect.get(operations, method)),
  )
  for (const part of ['"If-Match"', '"412"']) {
    expect(texts.map((text) => text.includes(part))).toEqual([false, true, true])
  }
})
