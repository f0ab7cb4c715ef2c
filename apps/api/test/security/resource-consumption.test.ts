import { describe, expect, it } from 'vitest'
import type { World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const manyNames = (count: number, prefix: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 1]))

describe('one cheap request costs little', () => {
  it.each(['/api/orders/1', '/api/auth/login'])(
    'thousands of names for %s are refused at once, with a short answer',
    async (path) => {
      const query = Array.from({ length: 2_000 }, (_, index) => `q${index}`).join('&')
      const method = path.endsWith('login') ? 'POST' : 'PATCH'
      const asked = { method, body: manyNames(9_000, 'b') }
      const answer = await request(`${api.url}${path}?${query}`, asked)
      expect(answer.status).toBe(400)
      // Refused by their number, before they are compared, sorted or listed.
      expect(answer.text.length).toBeLessThan(500)
      expect(answer.body).not.toHaveProperty('errors')
    },
  )

  it('and an input of the usual size is taken', async () => {
    const { cookie, id } = await world.createPerson()
    const body = { currency: 'EUR', totalCents: 1 }
    const url = `${api.url}/api/users/${id}/orders`
    expect((await request(url, { method: 'POST', cookie, body })).status).toBe(201)
  })
})

describe('tRPC streams, whose headers would leave before a call is made', () => {
  it.each([
    { 'trpc-accept': 'application/jsonl' },
    { accept: 'application/jsonl' },
    { accept: 'text/event-stream' },
  ])('are refused (%j)', async (headers) => {
    const { cookie } = await world.createPerson()
    const url = `${api.url}/trpc/auth.session?batch=1&input=%7B%7D`
    const answer = await request(url, { cookie, headers })
    expect(answer.status).toBe(406)
    expect(answer.text).toContain('not_acceptable')
    expect((await request(url, { cookie, headers: { accept: '*/*' } })).status).toBe(200)
  })
})
