import { limits } from '@repo/rate-limit'
import { launchRedisServer, type RedisServer } from '@repo/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readLimitField } from '../support/limits.ts'
import { anyAddress, request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

const { limit } = limits.passwordReset
let redis: RedisServer
let apis: readonly TestApi[]

beforeAll(async () => {
  redis = await launchRedisServer()
  const settings = { UPSTASH_REDIS_REST_URL: '', UPSTASH_REDIS_REST_TOKEN: '' }
  const start = () => startApi({ environment: { REDIS_URL: redis.url, ...settings } })
  apis = [await start(), await start()]
})

afterAll(async () => {
  for (const api of apis ?? []) await api.close()
  await redis?.close()
})

const forget = (index: number, address: string) =>
  request(`${apis[index % 2]?.url}/api/auth/password/forgot`, {
    method: 'POST',
    body: { email: `${crypto.randomUUID()}@limits.test` },
    address,
  })

it('of 500 requests at once, to two servers, exactly the 50 of the limit are served', async () => {
  const address = anyAddress()
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, index) => forget(index, address)),
  )
  const served = answers.filter(({ status }) => status === 202)
  const refused = answers.filter(({ status }) => status === 429)
  expect([limit, served.length, refused.length]).toEqual([50, 50, 450])
  const left = served.map((answer) => Number(readLimitField(answer, 'ratelimit')['r']))
  expect(left.toSorted((one, other) => one - other)).toEqual([...Array(50).keys()])
  expect((await forget(0, anyAddress())).status).toBe(202)
})
