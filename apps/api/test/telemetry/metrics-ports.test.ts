import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createTestRedis, startApp, type TestRedis } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scrape } from '../support/read-metrics.ts'
import { runBoth } from '../support/run-both.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi
let redis: TestRedis
let both: Awaited<ReturnType<typeof runBoth>>

beforeAll(async () => {
  ;[api, redis] = await Promise.all([startApi({ mailsWait: true }), createTestRedis()])
  both = await runBoth(api, redis)
})
afterAll(async () => {
  await both?.close()
  await api?.close()
  await redis?.close()
})

test('the API and the worker say what they do on ports of their own, beside each other', async () => {
  const [ofApi, ofWorker] = [await scrape(both.apiMetrics), await scrape(both.workerMetrics)]
  expect(ofApi.get('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(ofApi.has('nodejs_eventloop_lag_p99_seconds')).toBe(true)
  expect(ofApi.get('rampart_security_events_total{event="authn_login_fail"}')).toBe(0)
  expect(ofWorker.get('rampart_jobs_total{queue="mail",result="done"}')).toBe(0)
  expect(ofWorker.get('rampart_queue_jobs_waiting{queue="mail"}')).toBe(0)
})

test('the port that serves has no metrics, and the port of metrics serves nothing else', async () => {
  expect((await fetch(`${both.url}/metrics`)).status).toBe(404)
  expect((await fetch(`${both.url}/healthz`)).status).toBe(200)
  expect((await fetch(new URL('/healthz', both.apiMetrics))).status).toBe(404)
})

test.each([
  ['api', 'METRICS_PORT'],
  ['worker', 'WORKER_METRICS_PORT'],
] as const)('the %s does not start where its port is taken, and says which', async (app, name) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const refused = startApp(app, { ...both.environment, PORT: '0', [name]: String(port) })
  expect(await refused.ended, refused.output()).toBe(1)
  expect(refused.output()).toContain(
    `could not start: The metrics cannot listen on 127.0.0.1, port ${port} (${name}): EADDRINUSE.`,
  )
  other.close()
})
