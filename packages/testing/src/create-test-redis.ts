import { type RedisGateway, startRedisGateway } from '@repo/embedded-servers'
import { Redis } from 'ioredis'

export type TestRedis = RedisGateway

/** An empty Redis behind a REST gateway of its own: in memory, or a real one in the containers lane. */
export async function createTestRedis(): Promise<TestRedis> {
  const serverUrl = process.env['TEST_REDIS_URL']
  if (!serverUrl) return startRedisGateway()
  const redis = new Redis(await claimRedisDatabase(serverUrl))
  const gateway = await startRedisGateway({ redis })
  async function close() {
    await gateway.close()
    await redis.flushdb()
    redis.disconnect()
  }
  return { url: gateway.url, token: gateway.token, close }
}

/** The URL of an empty numbered database of that server that no other caller gets. */
export async function claimRedisDatabase(serverUrl: string): Promise<string> {
  const redis = new Redis(serverUrl)
  try {
    const number = await redis.incr('claimed-databases')
    return new URL(`/${number}`, serverUrl).href
  } finally {
    redis.disconnect()
  }
}
