import { requireRealRedisUrl, startRedisGateway } from '@repo/embedded-servers'
import { openRedis, type RedisOptions } from '@repo/redis'
import { Redis } from 'ioredis'
import { describeLimiter } from './describe-limiter.ts'

const timeoutMs = 60_000

describeLimiter('over a real server', () => open({ kind: 'server', url: requireRealRedisUrl() }))

describeLimiter('over a real cluster', async () => {
  const url = requireRealRedisUrl('cluster')
  return { ...(await open({ kind: 'server', url: `${url},${url}` })), isCluster: true }
})

describeLimiter('over the gateway before a real server', async () => {
  const server = new Redis(requireRealRedisUrl())
  const gateway = await startRedisGateway({ redis: server })
  const { client, close } = await open({ kind: 'upstash', ...gateway })
  return {
    client,
    close: async () => {
      await close()
      await gateway.close()
      server.disconnect()
    },
  }
})

async function open(options: RedisOptions) {
  const { client, close } = openRedis({ ...options, timeoutMs })
  return { client, close }
}
