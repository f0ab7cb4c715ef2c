import { afterAll, beforeAll, expect, it } from 'vitest'
import { askTimes, watchAlerts } from '../support/alerts.ts'
import type { World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { startBeside, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let other: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})
beforeAll(async () => {
  other = await startBeside(api)
})
afterAll(() => other?.close())

const read = (path: string, address: string) => (index: number) =>
  request(`${(index % 2 ? api : other).url}${path}`, { address })
const flushBoth = () => Promise.all([api, other].map(({ services }) => services.detection.flush()))

it('two processes count together, and store one alert', async () => {
  const address = '203.0.113.77'
  const watch = await watchAlerts(world)
  await askTimes(59, read('/nowhere', address))
  await flushBoth()
  expect(await watch.list()).toEqual([])
  await askTimes(41, read('/nowhere', address))
  await watch.waitFor('client_errors_by_address', address)
  await flushBoth()
  expect(await watch.list()).toEqual([{ rule: 'client_errors_by_address', subject: address }])
  const raised = [api, other].map(({ services }) => services.detection.countRaised())
  expect(raised.reduce((sum, count) => sum + count)).toBe(1)
})

it('a block that one of them has made holds in the other', async () => {
  const address = '203.0.113.78'
  for (let time = 0; time < 10; time += 1) {
    const body = { email: `${crypto.randomUUID()}@unknown.test`, password: 'a guess' }
    const { url } = time % 2 ? api : other
    await request(`${url}/api/auth/login`, { method: 'POST', body, address })
  }
  const codes = async () => {
    const answers = [await read('/docs', address)(0), await read('/docs', address)(1)]
    return answers.map(({ body }) => body?.['code'])
  }
  await expect.poll(codes, { timeout: 10_000 }).toEqual(['address_blocked', 'address_blocked'])
})
