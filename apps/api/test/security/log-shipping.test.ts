import { startRedisGateway } from '@repo/embedded-servers'
import {
  attributeOf,
  type Document,
  startCloudWatch,
  startElasticsearch,
  startOtlp,
} from '@repo/log-shipping/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secureCookieOf, startProduction } from '../faults/start-production.ts'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { runWorkers } from '../support/run-workers.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

const apiKey = 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAy'

let api: TestApi
let world: World
let person: Person
let gateway: Awaited<ReturnType<typeof startRedisGateway>>
let cloudWatch: Awaited<ReturnType<typeof startCloudWatch>>
let elasticsearch: Awaited<ReturnType<typeof startElasticsearch>>
let otlp: Awaited<ReturnType<typeof startOtlp>>
let settings: Readonly<Record<string, string>>

beforeAll(async () => {
  api = await startApi()
  world = await createWorld(api)
  person = await world.createPerson()
  gateway = await startRedisGateway({ token: 'A7xk-9fQ2-Lm31-wZ8e' })
  cloudWatch = await startCloudWatch()
  elasticsearch = await startElasticsearch(`ApiKey ${apiKey}`)
  otlp = await startOtlp({ 'x-tenant': 'acme' })
  settings = {
    ...cloudWatch.environment,
    LOG_ENVIRONMENT: 'test',
    LOG_CLOUDWATCH_GROUP: '/rampart/test',
    LOG_ELASTICSEARCH_URL: elasticsearch.url,
    LOG_ELASTICSEARCH_API_KEY: apiKey,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: otlp.url,
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-tenant=acme',
  }
})
afterAll(async () => {
  await Promise.all([cloudWatch?.close(), elasticsearch?.close(), otlp?.close()])
  await world?.close()
  await api?.close()
  await gateway?.close()
})

const start = (
  nodeOptions: readonly string[] = [],
  others: Readonly<Record<string, string>> = {},
) =>
  startProduction(api, {
    redis: gateway,
    nodeOptions,
    settings: { ...settings, TRUSTED_PROXIES: '127.0.0.1/32', ...others },
  })

const linesOf = (output: string) =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Record<string, unknown> => JSON.parse(line))

const documentsOf = (pid: number | undefined) =>
  elasticsearch.documents().filter((document) => document['process.pid'] === pid)

const messages = (documents: readonly Document[]) => documents.map(({ message }) => message)

test('what the API logs from its start to its end is shipped to each destination that is configured', async () => {
  const main = await start()
  const orderId = await world.createOrder(person)
  const cookie = secureCookieOf(person)
  await request(`${main.url}/api/orders/${orderId}`, { cookie })
  await request(`${main.url}/api/admin/users`, { cookie })
  main.child.kill('SIGTERM')
  expect(await main.ended).toBe(0)

  const lines = linesOf(main.output())
  const documents = documentsOf(main.pid)
  expect(lines.length).toBeGreaterThan(4)
  expect(messages(documents)).toEqual(lines.map(({ msg }) => msg))
  expect(cloudWatch.events().map(({ message }) => JSON.parse(message))).toEqual(lines)
  expect(otlp.records.map(({ body }) => body?.stringValue)).toEqual(lines.map(({ msg }) => msg))
  expect(messages(documents)).toEqual(expect.arrayContaining(['ready', 'stopping']))
  expect(documents).toContainEqual(
    expect.objectContaining({
      'service.name': 'rampart-api',
      'event.dataset': 'rampart.request',
      'http.request.method': 'GET',
      'url.path': '/api/orders/:orderId',
      'http.response.status_code': 200,
      'user.id': person.id,
      'client.ip': expect.stringMatching(/^10(\.\d+){3}$/),
      'labels.procedures': ['orders.get'],
    }),
  )
  expect(documents).toContainEqual(
    expect.objectContaining({
      'event.dataset': 'rampart.security',
      'event.action': 'authz_fail',
      'event.outcome': 'failure',
      'user.id': person.id,
    }),
  )
  const events = otlp.records.map(({ eventName }) => eventName)
  expect(events).toEqual(expect.arrayContaining(['sys_startup', 'authz_fail', 'sys_shutdown']))
  const routes = otlp.records.map(({ attributes }) => attributeOf(attributes, 'http.route'))
  expect(routes).toContain('/api/orders/:orderId')
  for (const { problems } of [cloudWatch, elasticsearch, otlp]) expect(problems).toEqual([])
}, 60_000)

test('the fault that ends the API is shipped, and stands on standard output all the same', async () => {
  const fault = `process.on('SIGUSR2', () => { throw new Error('broken by the test') })`
  const main = await start([`--import=data:text/javascript,${encodeURIComponent(fault)}`])
  main.child.kill('SIGUSR2')
  expect(await main.ended).toBe(1)
  const crash = { 'event.action': 'sys_crash', 'error.message': 'broken by the test' }
  expect(documentsOf(main.pid)).toContainEqual(expect.objectContaining(crash))
  expect(linesOf(main.output())).toContainEqual(
    expect.objectContaining({ level: 'fatal', msg: 'uncaught exception' }),
  )
}, 60_000)

test('why the API does not start is shipped', async () => {
  const DATABASE_URL = 'postgresql://app:kX9vR2mQ7tL4wZ8nB3@127.0.0.1:9/x'
  await expect(start([], { DATABASE_URL })).rejects.toThrow('the API could not start')
  expect(elasticsearch.documents()).toContainEqual(
    expect.objectContaining({
      'log.level': 'fatal',
      message: 'the API could not start: The Postgres of DATABASE_URL cannot be reached.',
    }),
  )
}, 60_000)

test('what the worker logs is shipped too', async () => {
  const workers = await runWorkers(api, 1, { ...settings, SMTP_URL: 'smtp://127.0.0.1:9' })
  const [worker] = workers.processes
  await workers.close()
  const documents = documentsOf(worker?.child.pid)
  expect(messages(documents)).toEqual(expect.arrayContaining(['ready', 'stopping']))
  expect(new Set(documents.map((document) => document['service.name']))).toEqual(
    new Set(['rampart-worker']),
  )
}, 60_000)
