import { describe, expect, it } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let person: Person

const friend = 'https://app.friend.test'

useWorld(
  async (made) => {
    api = made.api
    person = await made.world.createPerson()
  },
  { environment: { CORS_ORIGINS: friend } },
)

const read = (origin: string) =>
  request(`${api.url}/api/auth/session`, { cookie: person.cookie, headers: { origin } })

const preflight = (origin: string, method = 'PATCH') =>
  request(`${api.url}/api/orders/1`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': method },
  })

describe('an origin of CORS_ORIGINS', () => {
  it('may read answers, with cookies, errors too', async () => {
    const answer = await read(friend)
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': friend,
      'access-control-allow-credentials': 'true',
      vary: expect.stringContaining('Origin'),
    })
    const refused = await request(`${api.url}/api/nowhere`, { headers: { origin: friend } })
    expect(refused.status).toBe(404)
    expect(refused.headers.get('access-control-allow-origin')).toBe(friend)
  })

  it.each([
    ['/admin', 401],
    ['/docs', 200],
  ])('reads no page: %s', async (path, status) => {
    const answer = await request(api.url + path, { headers: { origin: friend } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('is told what it may send before it sends it', async () => {
    const answer = await preflight(friend)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-methods')).toContain('PATCH')
    expect(answer.headers.get('access-control-allow-headers')).toContain('Authorization')
  })
})

describe('any other origin', () => {
  it.each([
    'null',
    'https://evil.test',
    `${friend}.evil.test`,
    `https://evil.test/${friend}`,
    'https://sub.app.friend.test',
    'http://app.friend.test',
    `${friend}:8443`,
    friend.toUpperCase(),
    `${friend}/`,
    '*',
  ])('%s reads nothing', async (origin) => {
    for (const answer of [await read(origin), await preflight(origin)]) {
      const named = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
      expect(named).toEqual([])
    }
    expect((await preflight(origin)).status).toBe(405)
    expect((await preflight(friend)).status).toBe(204)
  })
})
