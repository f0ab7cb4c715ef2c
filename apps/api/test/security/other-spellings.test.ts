import { expect, it } from 'vitest'
import type { Person, World } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let owner: Person
let stranger: Person
let orderId: number

useWorld(async (made) => {
  ;({ api, world } = made)
  owner = await world.createPerson()
  stranger = await world.createPerson({ organizationId: world.globex })
  orderId = await world.createOrder(owner)
})

async function ask(path: string, cookie?: string) {
  const headers = cookie === undefined ? [] : [`Cookie: ${cookie}`]
  const { status, body } = await exchangeRequest(api.url, `GET ${path}`, headers)
  return { status, body }
}

/** A path's other spellings: what a proxy in front may have let through, or taken for another. */
const spellings: readonly (readonly [string, (path: string) => string])[] = [
  ['a double slash in front', (path) => `/${path}`],
  ['a double slash inside', (path) => path.replace('/orders', '//orders')],
  ['a slash at the end', (path) => `${path}/`],
  ['an encoded slash', (path) => path.replace('/orders/', '/orders%2f')],
  ['an encoded slash, in capitals', (path) => path.replace('/api/', '/api%2F')],
  ['a slash encoded twice', (path) => path.replace('/orders/', '/orders%252f')],
  ['a dot inside', (path) => path.replace('/orders', '/./orders')],
  ['two dots inside', (path) => path.replace('/api/', '/api/x/../')],
  ['two encoded dots', (path) => path.replace('/api/', '/api/x/%2e%2e/')],
  ['two dots out of an open path', (path) => `/docs/..${path}`],
  ['two encoded dots out of an open path', (path) => `/docs/assets/%2e%2e/%2e%2e${path}`],
  ['a probe in front', (path) => `/healthz/..${path}`],
  ['a probe, encoded', (path) => `/healthz%2f..${path}`],
  ['a semicolon', (path) => `${path};x=1`],
  ['a probe behind a semicolon', (path) => `/healthz;${path}`],
  ['capitals', (path) => path.toUpperCase()],
  ['one capital', (path) => path.replace('/orders', '/Orders')],
  ['an encoded letter', (path) => path.replace('/orders', '/%6frders')],
  ['an encoded letter of the first part', (path) => path.replace('/api', '/%61pi')],
  ['a backslash', (path) => path.replace('/orders/', '/orders\\')],
  ['a suffix', (path) => `${path}.json`],
  ['an encoded space', (path) => `${path}%20`],
  ['NUL', (path) => `${path}%00`],
  ['a fragment', (path) => `${path}#/healthz`],
  ['another query', (path) => `${path}?/healthz`],
]

it.each(spellings)('%s meets the same authorization', async (_name, spell) => {
  const path = spell(`/api/orders/${orderId}`)
  const [nobody, foreign, own] = [
    await ask(path),
    await ask(path, stranger.cookie),
    await ask(path, owner.cookie),
  ]
  const isShown = ({ body }: { readonly body: string }) => body.includes('totalCents')
  expect([nobody, foreign].filter(isShown)).toEqual([])
  expect([400, 401, 404]).toContain(nobody.status)
  expect([400, 404]).toContain(foreign.status)
  // Either it is another path, which is nobody's, or it is the same one.
  if (own.status === 200) {
    expect([nobody.status, foreign.status]).toEqual([401, 404])
    expect(isShown(own)).toBe(true)
  } else {
    expect([400, 404]).toContain(own.status)
  }
})

it('and as it is written the path shows its owner the order, and nobody else', async () => {
  const path = `/api/orders/${orderId}`
  expect((await ask(path)).status).toBe(401)
  expect((await ask(path, stranger.cookie)).status).toBe(404)
  const own = await ask(path, owner.cookie)
  expect(own.status).toBe(200)
  expect(own.body).toContain('totalCents')
})

it.each([
  ['tRPC, an encoded dot', '/trpc/orders%2eget'],
  ['tRPC, a slash', '/trpc/orders/get'],
  ['tRPC, capitals', '/trpc/Orders.get'],
  ['tRPC, the name of a property', '/trpc/constructor'],
  ['tRPC, another first part', '/TRPC/orders.get'],
  ['tRPC, two names', '/trpc/auth.session,orders.get'],
])('%s meets the same authorization', async (_name, path) => {
  const input = encodeURIComponent(JSON.stringify({ orderId }))
  for (const cookie of [undefined, stranger.cookie]) {
    const { status, body } = await ask(`${path}?input=${input}`, cookie)
    expect([400, 401, 404]).toContain(status)
    expect(body).not.toContain('totalCents')
  }
})
