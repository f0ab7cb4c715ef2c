import { startRedisGateway } from '@repo/embedded-servers'
import { startReceiver } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { print } from '../timing/print-table.ts'
import { type ProductionProcess, secureCookieOf, startProduction } from './start-production.ts'

const pairs = 800
const warmUps = 100
const maxRatio = 1.1
const slowMs = 3_000
const destinations = ['cloudwatch', 'elasticsearch', 'otlp']

let api: TestApi
let world: World
let people: readonly Person[]
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
let silent: Awaited<ReturnType<typeof startReceiver>>
let slow: Awaited<ReturnType<typeof startReceiver>>

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  people = await Promise.all(Array.from({ length: 8 }, () => world.createPerson()))
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
  silent = await startReceiver({ answer: () => undefined })
  slow = await startReceiver({
    answer: (response) => setTimeout(() => response.writeHead(503).end(), slowMs),
  })
})
afterAll(async () => {
  await Promise.all([silent?.close(), slow?.close()])
  await world?.close()
  await api?.close()
  await gateway?.close()
})

const start = (shipping: Readonly<Record<string, string>>) =>
  startProduction(api, {
    redis: gateway,
    settings: { TRUSTED_PROXIES: '127.0.0.1/32', ...shipping },
  })

/** How long a client waits for what needs the database, in milliseconds. */
async function measure({ url }: ProductionProcess, person: Person | undefined): Promise<number> {
  if (!person) throw new Error('There is nobody.')
  const begun = performance.now()
  const { status } = await request(`${url}/api/auth/session`, { cookie: secureCookieOf(person) })
  expect(status).toBe(200)
  return performance.now() - begun
}

/** The same requests to one and the other, in turns: what else the machine does falls on both. */
async function compare(one: ProductionProcess, other: ProductionProcess, count: number) {
  const took = { one: [] as number[], other: [] as number[] }
  for (let pair = 0; pair < count; pair += 1) {
    const person = people[pair % people.length]
    const isSwapped = pair % 2 === 1
    if (isSwapped) took.other.push(await measure(other, person))
    took.one.push(await measure(one, person))
    if (!isSwapped) took.other.push(await measure(other, person))
  }
  return median(took.one) / median(took.other)
}

const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

test('receivers of the log that are gone, slow or silent slow no request, and each line is counted', async () => {
  const plain = await start({})
  const shipping = await start({
    // Gone, silent and slow.
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: 'AKIDTEST0RAMPART',
    AWS_SECRET_ACCESS_KEY: 'x9fQ2Lm31wZ8eKx7kA',
    AWS_REGION: 'eu-central-1',
    LOG_CLOUDWATCH_GROUP: '/rampart/test',
    LOG_ELASTICSEARCH_URL: `http://127.0.0.1:${silent.port}`,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://127.0.0.1:${slow.port}/v1/logs`,
  })
  try {
    await compare(shipping, plain, warmUps)
    const ratio = await compare(shipping, plain, pairs)
    print(`logs to broken receivers: a request takes ${ratio.toFixed(2)} times as long`)
    expect(silent.received.length).toBeGreaterThan(0)
    expect(slow.received.length).toBeGreaterThan(0)
    expect(ratio).toBeLessThanOrEqual(maxRatio)

    const begun = performance.now()
    shipping.child.kill('SIGTERM')
    expect(await shipping.ended).toBe(0)
    print(`it ended after ${Math.round(performance.now() - begun)} ms`)
    const lines = shipping.output().trimEnd().split('\n')
    const parsed = lines.map((line): Record<string, unknown> => JSON.parse(line))
    const written = parsed.filter(({ destination }) => destination === undefined).length
    const lost = parsed.filter(({ msg }) => msg === 'log lines were lost on their way')
    expect(lost.map(({ destination }) => destination)).toEqual(destinations)
    expect(lost.map((line) => line['lost'])).toEqual(destinations.map(() => written))
  } finally {
    for (const each of [plain, shipping]) each.child.kill('SIGKILL')
  }
}, 300_000)
