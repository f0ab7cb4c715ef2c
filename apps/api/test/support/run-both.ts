import { findFreePort, startApp, type TestRedis } from '@repo/testing'
import type { TestApi } from './start-api.ts'

/** What a process needs to serve or to work over the database of a test's API. */
export const environmentOver = (
  api: TestApi,
  redis: Pick<TestRedis, 'url' | 'token'>,
  port: number,
) => ({
  ...{ NODE_ENV: 'test', HOST: '127.0.0.1', PORT: String(port) },
  BASE_URL: `http://127.0.0.1:${port}`,
  TRUSTED_PROXIES: '127.0.0.1/32',
  DATABASE_URL: api.database.appUrl,
  DATABASE_PLATFORM_URL: api.database.platformUrl,
  DATABASE_POOLER: api.database.pooler ?? 'none',
  DATABASE_WORKER_URL: api.database.workerUrl,
  UPSTASH_REDIS_REST_URL: redis.url,
  UPSTASH_REDIS_REST_TOKEN: redis.token,
  ENCRYPTION_KEYS: api.encryptionKeys,
  SMTP_URL: 'smtp://127.0.0.1:9',
})

/** The API and the worker as processes of their own, over the database of a test's API. */
export async function runBoth(
  api: TestApi,
  redis: TestRedis,
  settings: Readonly<Record<string, string>> = {},
) {
  const port = await findFreePort()
  const environment = { ...environmentOver(api, redis, port), ...settings }
  const [serving, working] = [startApp('api', environment), startApp('worker', environment)]
  await Promise.all([serving.untilReady(), working.untilReady()])
  return {
    url: `http://127.0.0.1:${port}`,
    environment,
    serving,
    working,
    apiMetrics: saidWhenReady(serving.output(), 'metricsUrl'),
    workerMetrics: saidWhenReady(working.output(), 'metricsUrl'),
    async close() {
      for (const { child } of [serving, working]) child.kill('SIGTERM')
      await Promise.all([serving.ended, working.ended])
    },
  }
}

/** A field of the line that says that a process is ready. */
export function saidWhenReady(output: string, field: string): string {
  const line = output.split('\n').find((one) => one.includes('"msg":"ready"')) ?? '{}'
  return String(Reflect.get(JSON.parse(line), field))
}
