import { beforeAll, describe, expect, it } from 'vitest'
import { type Person, password, type World } from '../support/create-world.ts'
import { type Asked, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let person: Person

useWorld(async (made) => {
  ;({ api, world } = made)
  person = await world.createPerson()
})

const ask = (method: string, path: string, asked: Asked = {}) =>
  request(`${api.url}/api${path}`, { method, cookie: person.cookie, ...asked })

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

interface Page {
  readonly items: readonly { readonly id: number; readonly status: string }[]
  readonly nextCursor: string | null
}

/** Every page of a list, from the first to the one without a cursor. */
async function readPages(
  path: string,
  { cookie, after = '' }: { readonly cookie: string; readonly after?: string },
): Promise<readonly Page[]> {
  const pages: Page[] = []
  for (let cursor: string | null = after; cursor !== null; cursor = nextOf(pages)) {
    const answer = await ask('GET', `${path}${cursor && `&cursor=${cursor}`}`, { cookie })
    expect(answer.status, answer.text).toBe(200)
    // Parse boundary: the shape is what the tests below ask.
    pages.push(answer.body as unknown as Page)
  }
  return pages
}

const nextOf = (pages: readonly Page[]) => pages.at(-1)?.nextCursor ?? null

describe('the main job, from log-in to log-out', () => {
  it('lists, creates, reads, changes and deletes an order', async () => {
    const { id, email } = await world.createPerson()
    const login = await ask('POST', '/auth/login', { cookie: undefined, body: { email, password } })
    expect(login.status).toBe(200)
    expect(login.body).toEqual({
      user: { id, email, name: expect.any(String), platformRole: null },
      mfaRequired: false,
      organizations: [{ id: world.acme, role: 'member', requiresSecondFactor: false }],
      secondFactor: false,
      impersonated: false,
      authenticatedAt: expect.stringMatching(iso),
      expiresAt: expect.stringMatching(iso),
    })
    const cookie = login.headers.get('set-cookie')?.split(';')[0]
    const mine = (method: string, path: string, body?: unknown) =>
      ask(method, path, { cookie, body })

    expect((await mine('GET', '/auth/session')).body).toMatchObject({ user: { id } })
    const none = { items: [], nextCursor: null }
    expect((await mine('GET', `/users/${id}/orders`)).body).toEqual(none)

    const input = { currency: 'EUR', totalCents: 1_999, note: 'Naïve <b>café</b> 🦊' }
    const created = await mine('POST', `/users/${id}/orders`, input)
    expect(created.status).toBe(201)
    const order = {
      id: expect.any(Number),
      userId: id,
      status: 'draft',
      ...input,
      createdAt: expect.stringMatching(iso),
      updatedAt: expect.stringMatching(iso),
    }
    expect(created.body).toEqual(order)

    const path = `/orders/${created.body?.['id']}`
    expect(await mine('GET', path)).toMatchObject({ status: 200, body: created.body })
    const changed = await mine('PATCH', path, { status: 'paid', note: null })
    expect(changed.status).toBe(200)
    expect(changed.body).toEqual({ ...order, status: 'paid', note: null })
    expect((await mine('GET', `/users/${id}/orders`)).body).toEqual({
      items: [changed.body],
      nextCursor: null,
    })

    const deleted = await mine('DELETE', path)
    expect([deleted.status, deleted.text]).toEqual([204, ''])
    expect((await mine('GET', path)).status).toBe(404)
    expect((await mine('DELETE', path)).status).toBe(404)

    const logout = await mine('POST', '/auth/logout')
    expect([logout.status, logout.text]).toEqual([204, ''])
    expect((await mine('GET', '/auth/session')).status).toBe(401)
  })

  it('reads and changes a profile, and reads organizations', async () => {
    const named = await ask('PATCH', `/users/${person.id}`, { body: { name: 'Zoë Ångström' } })
    expect([named.status, named.body?.['name']]).toEqual([200, 'Zoë Ångström'])
    const read = await ask('GET', `/users/${person.id}`)
    expect(read.body).toEqual(named.body)
    expect(Object.keys(read.body ?? {}).toSorted()).toEqual(
      ['createdAt', 'email', 'id', 'name', 'updatedAt'].toSorted(),
    )
    const organizations = await ask('GET', '/organizations')
    expect(organizations.body?.['items']).toEqual([expect.objectContaining({ id: world.acme })])
    expect((await ask('GET', `/organizations/${world.acme}`)).body).toMatchObject({ name: 'Acme' })
  })
})

describe('a list', () => {
  const count = 23
  const statuses = ['draft', 'open', 'paid'] as const
  let buyer: Person
  let created: readonly number[]

  beforeAll(async () => {
    buyer = await world.createPerson()
    const rows = await world.sql.run(
      `INSERT INTO orders (organization_id, user_id, currency, total_cents, status)
       SELECT $1, $2, 'EUR', n, ($3::text[])[1 + n % 3]::"OrderStatus"
         FROM generate_series(0, ${count - 1}) n RETURNING id`,
      [world.acme, buyer.id, statuses],
    )
    created = rows.map(({ id }) => Number(id))
  })

  const read = (query: string) => readPages(`/users/${buyer.id}/orders?${query}`, buyer)

  it.each([1, 4, 22, 23, 24, 100])(
    'is read page by page without loss or repeat, %i at a time, newest first',
    async (limit) => {
      const pages = await read(`limit=${limit}`)
      const ids = pages.flatMap(({ items }) => items.map(({ id }) => id))
      expect(ids).toEqual(created.toReversed())
      expect(pages).toHaveLength(Math.ceil(count / limit))
      expect(pages.slice(0, -1).every(({ items }) => items.length === limit)).toBe(true)
    },
  )

  it('is 20 long unless it is said otherwise', async () => {
    const [first] = await read('')
    expect(first?.items).toHaveLength(20)
  })

  it('loses and repeats nothing that stands while rows come and go', async () => {
    const seller = await world.createPerson()
    const ids: number[] = []
    for (let made = 0; made < 5; made += 1) ids.push(await world.createOrder(seller))
    const url = `/users/${seller.id}/orders?limit=2`
    const first = (await ask('GET', url, { cookie: seller.cookie })).body as unknown as Page
    await world.createOrder(seller)
    await world.sql.run('DELETE FROM orders WHERE id = $1', [ids[0]])
    const rest = await readPages(url, { ...seller, after: first.nextCursor ?? '' })
    const seen = [first, ...rest].flatMap(({ items }) => items.map(({ id }) => id))
    expect(seen).toEqual(ids.slice(1).toReversed())
  })

  it.each(statuses)('of %s orders holds those alone', async (status) => {
    const pages = await read(`limit=3&status=${status}`)
    const items = pages.flatMap((page) => page.items)
    expect(new Set(items.map((order) => order.status))).toEqual(new Set([status]))
    expect(items.length).toBeGreaterThanOrEqual(7)
  })

  it.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1.5',
    'limit=1e1',
    'limit=',
    'limit=ten',
    'status=lost',
    'status=Draft',
    'status=',
    'cursor=',
    'cursor=x',
    'cursor=MS41',
    'cursor=Ii0i',
    'cursor=eyJpZCI6MX0',
    'limit=1&limit=2',
    'page=2',
  ])('refuses %s', async (query) => {
    const answer = await ask('GET', `/users/${buyer.id}/orders?${query}`, { cookie: buyer.cookie })
    expect(answer.status, answer.text).toBe(400)
    expect(answer.body?.['code']).toBe('invalid_input')
  })

  it("of organizations is paged too, one's own alone", async () => {
    const member = await world.createPerson()
    await world.sql.run(
      "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'viewer')",
      [world.globex, member.id],
    )
    const pages = await readPages('/organizations?limit=1', member)
    const ids = pages.flatMap(({ items }) => items.map(({ id }) => String(id)))
    expect(ids).toEqual([world.acme, world.globex].toSorted())
  })
})

describe('what is not taken', () => {
  it.each([
    ['an unknown currency', { currency: 'XXX', totalCents: 1 }, '/currency'],
    ['a fraction of a cent', { currency: 'EUR', totalCents: 1.5 }, '/totalCents'],
    ['a negative total', { currency: 'EUR', totalCents: -1 }, '/totalCents'],
    ['a total in a string', { currency: 'EUR', totalCents: '1' }, '/totalCents'],
    ['no total', { currency: 'EUR' }, '/totalCents'],
    ['a total of null', { currency: 'EUR', totalCents: null }, '/totalCents'],
    ['a total past an integer', { currency: 'EUR', totalCents: 2_147_483_648 }, '/totalCents'],
    ['a long note', { currency: 'EUR', totalCents: 1, note: 'x'.repeat(501) }, '/note'],
    ['an unknown status', { currency: 'EUR', totalCents: 1, status: 'lost' }, '/status'],
  ])('%s', async (_name, body, pointer) => {
    const answer = await ask('POST', `/users/${person.id}/orders`, { body })
    expect(answer.status, answer.text).toBe(400)
    expect(answer.body?.['errors']).toEqual([expect.objectContaining({ pointer })])
  })

  it.each([0, 1, 2_147_483_647])('a total of %i is', async (totalCents) => {
    const body = { currency: 'EUR', totalCents, note: '🦊'.repeat(500) }
    expect((await ask('POST', `/users/${person.id}/orders`, { body })).status).toBe(201)
  })
})
