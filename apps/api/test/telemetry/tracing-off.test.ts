import { createTestRedis, findFreePort, startApp, type TestRedis } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentOver } from '../support/run-both.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi
let redis: TestRedis

beforeAll(async () => {
  ;[api, redis] = await Promise.all([startApi({ mailsWait: true }), createTestRedis()])
})
afterAll(async () => {
  await api?.close()
  await redis?.close()
})

// Says every module of OpenTelemetry that is loaded.
const watcher = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({ load(url, context, next) {
    if (url.includes('@opentelemetry')) console.log('loaded ' + url)
    return next(url, context)
  } })`)}`

/** The packages of OpenTelemetry that a process has loaded once it was ready and had served. */
async function loadedBy(app: 'api' | 'worker', settings: Readonly<Record<string, string>>) {
  const port = await findFreePort()
  const environment = { ...environmentOver(api, redis, port), ...settings }
  const started = startApp(app, environment, ['--import', watcher])
  await started.untilReady()
  if (app === 'api') {
    expect((await fetch(`http://127.0.0.1:${port}/api/auth/session`)).status).toBe(401)
  }
  started.child.kill('SIGTERM')
  await started.ended
  const found = started.output().matchAll(/^loaded .*node_modules\/(@opentelemetry\/[\w-]+)\//gm)
  return new Set([...found].map(([, name]) => name))
}

test.each(['api', 'worker'] as const)(
  'without an endpoint the %s loads the API of OpenTelemetry alone, with one its SDK',
  async (app) => {
    expect(await loadedBy(app, {})).toEqual(new Set(['@opentelemetry/api']))
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    expect(await loadedBy(app, endpoint)).toContain('@opentelemetry/sdk-trace')
  },
)
