import type { ProblemDocument } from '@repo/errors'
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { AppRouter } from '../../src/index.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let person: Person

useWorld(async (made) => {
  ;({ api, world } = made)
  person = await world.createPerson()
})

/** A client as a user of the API writes it, and the paths it asked. */
function createClient() {
  const asked: string[] = []
  let cookie = ''
  const client = createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${api.url}/trpc`,
        headers: () => ({ cookie }),
        async fetch(url, options) {
          asked.push(new URL(String(url)).pathname)
          // Parse boundary: the library's own type of fetch's options is wider than fetch's.
          const response = await fetch(String(url), options as RequestInit)
          cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
          return response
        },
      }),
    ],
  })
  return { client, asked }
}

/** The problem that a refused call carries, by the types that the client infers. */
async function problemOf(call: Promise<unknown>): Promise<ProblemDocument | undefined> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return isOurs(error) ? error.data?.problem : undefined
}

const isOurs = (error: unknown): error is TRPCClientError<AppRouter> =>
  error instanceof TRPCClientError

describe('a typed client', () => {
  it('does the main job, from log-in to log-out', async () => {
    const { client } = createClient()
    const login = await client.auth.login.mutate({ email: person.email, password })
    if (login.mfaRequired) throw new Error('This person has no second factor.')
    expectTypeOf(login.user.id).toEqualTypeOf<string>()
    const membership = { id: world.acme, role: 'member', requiresSecondFactor: false }
    expect([login.user.id, login.organizations]).toEqual([person.id, [membership]])
    const userId = login.user.id
    expect(await client.orders.list.query({ userId })).toEqual({ items: [], nextCursor: null })

    const order = await client.orders.create.mutate({ userId, currency: 'EUR', totalCents: 5 })
    expectTypeOf(order.id).toEqualTypeOf<number>()
    expectTypeOf(order.createdAt).toEqualTypeOf<string>()
    expectTypeOf(order.status).toEqualTypeOf<'draft' | 'open' | 'paid' | 'cancelled'>()
    expect(await client.orders.get.query({ orderId: order.id })).toEqual(order)

    const paid = await client.orders.update.mutate({ orderId: order.id, status: 'paid' })
    expect(paid).toEqual({ ...order, status: 'paid', updatedAt: paid.updatedAt })
    expect(await client.orders.list.query({ userId, status: 'paid' })).toEqual({
      items: [paid],
      nextCursor: null,
    })
    await client.orders.delete.mutate({ orderId: order.id })
    expect(await problemOf(client.orders.get.query({ orderId: order.id }))).toMatchObject({
      code: 'not_found',
    })
    await client.auth.logout.mutate()
    expect(await problemOf(client.auth.session.query())).toMatchObject({ code: 'unauthenticated' })
  })

  it('reads all pages of a list', async () => {
    const { client } = createClient()
    await client.auth.login.mutate({ email: person.email, password })
    const { user } = await client.auth.session.query()
    const ids = []
    for (let count = 0; count < 5; count += 1) ids.push(await world.createOrder(person))
    const seen: number[] = []
    let cursor: string | null = null
    do {
      const more: { cursor?: string } = cursor === null ? {} : { cursor }
      const page: Awaited<ReturnType<typeof client.orders.list.query>> =
        await client.orders.list.query({ userId: user.id, limit: 2, ...more })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(ids.toReversed())
  })

  it('sends calls of one tick as one request, each with its own answer', async () => {
    const { client, asked } = createClient()
    await client.auth.login.mutate({ email: person.email, password })
    asked.length = 0
    const [session, list, missing] = await Promise.all([
      client.auth.session.query(),
      client.organizations.list.query({}),
      problemOf(client.orders.get.query({ orderId: 2_147_483_647 })),
    ])
    expect(asked).toEqual(['/trpc/auth.session,organizations.list,orders.get'])
    expect(session.user.id).toBe(person.id)
    expect(list.items.map(({ id }) => id)).toEqual([world.acme])
    expect(missing).toMatchObject({ code: 'not_found', status: 404 })
  })

  it('gets the problem document of a refusal, typed', async () => {
    const { client } = createClient()
    const problem = await problemOf(
      client.auth.login.mutate({ email: 'not an address', password: '' }),
    )
    expectTypeOf(problem).toEqualTypeOf<ProblemDocument | undefined>()
    expect(problem).toEqual({
      type: 'urn:rampart:problem:invalid_input',
      title: 'Invalid input',
      status: 400,
      detail: expect.any(String),
      code: 'invalid_input',
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      errors: [
        { pointer: '/email', code: 'invalid_format', detail: expect.any(String) },
        { pointer: '/password', code: 'too_small', detail: expect.any(String) },
      ],
    })
  })

  it('gets a refusal before any procedure in the same form', async () => {
    const link = httpBatchLink({
      url: `${api.url}/trpc`,
      headers: { authorization: 'Bearer x' },
    })
    const client = createTRPCClient<AppRouter>({ links: [link] })
    const problem = await problemOf(client.auth.session.query())
    expect(problem).toMatchObject({ code: 'invalid_token', status: 401 })
  })
})
