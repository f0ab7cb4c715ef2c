import { Cluster, Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { claimRedisDatabase } from './create-test-redis.ts'
import { requireRealRedisUrl } from './index.ts'

test('a claimed database is empty and its own', async () => {
  const url = requireRealRedisUrl()
  const [first, second] = [await claimRedisDatabase(url), await claimRedisDatabase(url)]
  const clients = [new Redis(first), new Redis(second)] as const
  await clients[0].set('key', 'first')
  expect(await clients[0].get('key')).toBe('first')
  expect(await clients[1].dbsize()).toBe(0)
  for (const client of clients) client.disconnect()
})

test('a cluster client reaches the cluster, which refuses one command over two slots', async () => {
  const cluster = new Cluster([requireRealRedisUrl('cluster')])
  await cluster.set('{a}key', 'a')
  await cluster.set('{b}key', 'b')
  expect(await cluster.get('{a}key')).toBe('a')
  expect(await cluster.del('{a}key')).toBe(1)
  await expect(cluster.del('{a}key', '{b}key')).rejects.toThrow('CROSSSLOT')
  cluster.disconnect()
})
