import {
  type AppProcess,
  createTestRedis,
  findFreePort,
  launchPgbouncer,
  type Pgbouncer,
  startApp,
  type TestRedis,
} from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person, World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { environmentOver } from '../support/run-both.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

const poolSize = 2
let api: TestApi
let world: World
let redis: TestRedis
let pooler: Pgbouncer
let processes: readonly { readonly url: string; readonly process: AppProcess }[] = []

useWorld((made) => {
  ;({ api, world } = made)
})

beforeAll(async () => {
  const { appUrl, platformUrl } = api.database
  pooler = await launchPgbouncer({ urls: [appUrl, platformUrl], poolSize })
  redis = await createTestRedis()
  processes = await Promise.all([start(), start()])
})

afterAll(async () => {
  for (const { process } of processes) process.child.kill('SIGTERM')
  await Promise.all(processes.map(({ process }) => process.ended))
  await Promise.all([pooler?.close(), redis?.close()])
})

/** An API as a process of its own, whose every connection is the pooler's. */
async function start() {
  const port = await findFreePort()
  const environment = environmentOver(api, redis, port)
  const process = startApp('api', {
    ...environment,
    DATABASE_URL: pooler.behind(environment.DATABASE_URL),
    DATABASE_PLATFORM_URL: pooler.behind(environment.DATABASE_PLATFORM_URL),
    DATABASE_POOLER: 'transaction',
  })
  await process.untilReady()
  return { url: environment.BASE_URL, process }
}

const ordersOf = (person: Person, index: number) =>
  request(`${processes[index % 2]?.url}/api/users/${person.id}/orders`, { cookie: person.cookie })

test('two API processes share a few connections of Postgres, and nobody sees what another asked for', async () => {
  const people = await Promise.all(
    [world.acme, world.globex, world.acme, world.globex].map((organizationId) =>
      world.createPerson({ organizationId }),
    ),
  )
  const own = new Map<string, string>()
  for (const person of people) own.set(person.id, String(await world.createOrder(person)))

  let most = 0
  const count = async () => {
    most = Math.max(most, await pooler.countServers('rampart_app'))
  }
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const person = people[index % people.length]
      if (!person) throw new Error('There are people.')
      const answer = await ordersOf(person, index >> 2)
      if (index % 20 === 0) await count()
      const items = (answer.body?.['items'] ?? []) as readonly { readonly id: string }[]
      return { status: answer.status, seen: items.map(({ id }) => id), wanted: own.get(person.id) }
    }),
  )
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
  expect(answers.filter(({ seen, wanted }) => seen.join() !== wanted)).toEqual([])
  expect(most).toBe(poolSize)
})

test('another tenant’s order is not there, whichever process is asked', async () => {
  const [one, other] = await Promise.all(
    [world.acme, world.globex].map((organizationId) => world.createPerson({ organizationId })),
  )
  if (!(one && other)) throw new Error('There are two.')
  const id = await world.createOrder(one)
  const read = (person: Person, index: number) =>
    request(`${processes[index]?.url}/api/orders/${id}`, { cookie: person.cookie })
  const statuses = await Promise.all(
    [one, other].flatMap((person) =>
      [0, 1].map(async (index) => (await read(person, index)).status),
    ),
  )
  expect(statuses).toEqual([200, 200, 404, 404])
})
