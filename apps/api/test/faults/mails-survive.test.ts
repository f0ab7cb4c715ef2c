import { startRedisGateway } from '@repo/embedded-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../support/create-world.ts'
import { tokenIn, waitForMail } from '../support/mails.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { secureCookieOf, startProduction } from './start-production.ts'

let api: TestApi
let world: World
let gateway: Awaited<ReturnType<typeof startRedisGateway>>

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
})
afterAll(async () => {
  await world?.close()
  await api?.close()
  await gateway?.close()
})

test('the mail of an API that is killed right after its answer comes all the same', async () => {
  const owner = await world.createPerson({ role: 'owner' })
  const settings = { TRUSTED_PROXIES: '127.0.0.1' }
  const { url, child, ended } = await startProduction(api, { redis: gateway, settings })
  const email = `${crypto.randomUUID()}@invited.test`
  const made = await request(`${url}/api/organizations/${owner.organizationId}/invitations`, {
    method: 'POST',
    cookie: secureCookieOf(owner),
    body: { email, role: 'member' },
  })
  child.kill('SIGKILL')
  expect(made.status).toBe(201)
  expect(await ended).toBe('SIGKILL')
  expect(tokenIn(await waitForMail(api, email, /invited/))).toMatch(/^[\w-]{49}$/)
}, 120_000)
