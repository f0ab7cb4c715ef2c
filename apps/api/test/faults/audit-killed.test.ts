import { startRedisGateway } from '@repo/embedded-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, password, type World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { type ProductionProcess, secureCookieOf, startProduction } from './start-production.ts'

let api: TestApi
let world: World
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
const started: ProductionProcess[] = []

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
})

afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL')
    await ended
  }
  await world?.close()
  await api?.close()
  await gateway?.close()
})

interface Change {
  readonly path: string
  readonly method?: string
  readonly body?: unknown
  readonly by: Person
}

/** Each is about who may do what. */
const changes: Readonly<Record<string, () => Promise<Change>>> = {
  'auth.login': async () => {
    const by = await world.createPerson()
    return { path: '/auth/login', body: { email: by.email, password }, by }
  },
  'apiKeys.create': async () => {
    const body = { name: 'Sync', permissions: ['order:read:own'] }
    return { path: '/api-keys', body, by: await world.createPerson() }
  },
  'organizations.members.update': async () => {
    const [by, { id }] = [await world.createPerson({ role: 'owner' }), await world.createPerson()]
    const path = `/organizations/${world.acme}/members/${id}`
    return { path, method: 'PATCH', body: { role: 'admin' }, by }
  },
  'admin.users.update': async () => {
    const by = await world.createPerson({ platformRole: 'admin' })
    await world.sql.run('UPDATE sessions SET second_factor_at = now() WHERE user_id = $1', [by.id])
    const { id } = await world.createPerson()
    return { path: `/admin/users/${id}`, method: 'PATCH', body: { suspended: true }, by }
  },
}

test.each(Object.entries(changes))(
  '%s is on record when it is answered, should the process be killed there',
  async (action, prepare) => {
    const { path, method = 'POST', body, by } = await prepare()
    const settings = {
      TRUSTED_PROXIES: '127.0.0.1',
      DATABASE_PLATFORM_URL: api.database.platformUrl,
    }
    const main = await startProduction(api, { redis: gateway, settings })
    started.push(main)
    const cookie = action === 'auth.login' ? undefined : secureCookieOf(by)
    const answer = await request(`${main.url}/api${path}`, { method, body, cookie })
    main.child.kill('SIGKILL')
    await main.ended
    expect(answer.status, answer.text).toBeLessThan(300)
    const records = await world.sql.run(
      `SELECT e.action, e.outcome::text, a.person AS actor
         FROM audit_events e LEFT JOIN audit_actors a ON a.pseudonym = e.actor WHERE request_id = $1`,
      [answer.headers.get('x-request-id')],
    )
    expect(records).toEqual([{ action, outcome: 'success', actor: by.id }])
  },
)
