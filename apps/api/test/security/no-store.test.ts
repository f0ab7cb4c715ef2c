import { afterAll, beforeAll, expect, it } from 'vitest'
import { createWorld, type World } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { type ServedRoute, watchRoutes } from '../support/watch-routes.ts'

let api: TestApi
let world: World
let cookie: string
let routes: readonly ServedRoute[]

beforeAll(async () => {
  const watched = await watchRoutes(() => startApi({ environment: { NODE_ENV: 'development' } }))
  api = watched.made
  routes = watched.routes
  world = await createWorld(api)
  cookie = (await world.createPerson()).cookie
})

afterAll(async () => {
  await world?.close()
  await api?.close()
})

const cacheControl = 'cache-control'

it('no answer to somebody who is signed in may be kept, whatever it is, but files that are the same for all', async () => {
  const kept = new Set<string>()
  const statuses = new Set<number>()
  // What ends the session, or the account, is asked at last.
  const inOrder = routes.toSorted((one, other) => rank(one) - rank(other))
  for (const { method, path } of inOrder) {
    const body = method === 'POST' || method === 'PATCH' ? {} : undefined
    const { status, headers } = await request(api.url + path, { method, cookie, body })
    statuses.add(status)
    if (headers.get(cacheControl) !== 'no-store') kept.add(path)
  }
  // The walk meets successes, refusals and pages.
  expect([...statuses]).toEqual(expect.arrayContaining([200, 302, 400, 403, 404]))
  expect([...kept]).toEqual(['/docs/assets/swagger-ui.css'])
})

const ending: readonly string[] = ['/api/auth/logout', '/api/account']
const rank = ({ method, path }: ServedRoute) =>
  ending.includes(path) ? 9 : ['GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST'].indexOf(method)

it('a file that may be kept is asked about by its tag, and its refusal is not kept', async () => {
  const url = `${api.url}/docs/assets/swagger-ui.css`
  const first = await request(url)
  const tag = first.headers.get('etag') ?? ''
  expect([first.status, first.headers.get(cacheControl)]).toEqual([200, 'public, no-cache'])
  // fetch would add that it wants no kept answer.
  const again = await exchangeRequest(api.url, 'GET /docs/assets/swagger-ui.css', [
    `If-None-Match: ${tag}`,
  ])
  expect(again.status).toBe(304)
  const missing = await request(`${api.url}/docs/assets/package.json`)
  expect([missing.status, missing.headers.get(cacheControl)]).toEqual([404, 'no-store'])
  const other = await request(url, { method: 'DELETE' })
  expect([other.status, other.headers.get(cacheControl)]).toEqual([405, 'no-store'])
})
