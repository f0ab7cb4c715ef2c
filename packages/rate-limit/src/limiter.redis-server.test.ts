import { launchRedisCluster, launchRedisServer, startRedisGateway } from '@repo/embedded-servers'
import { openRedis } from '@repo/redis'
import { Redis } from 'ioredis'
import { describeLimiter } from './describe-limiter.ts'

const timeoutMs = 20_000

describeLimiter('over a server of its own', async () => {
  const server = await launchRedisServer()
  const { client, close } = openRedis({ kind: 'server', url: server.url, timeoutMs })
  return { client, close: () => close().then(server.close) }
})

describeLimiter('over a cluster of three', async () => {
  const cluster = await launchRedisCluster()
  const { client, close } = openRedis({ kind: 'server', url: cluster.url, timeoutMs })
  return { client, isCluster: true, close: () => close().then(cluster.close) }
})

describeLimiter('over REST before a server of its own', async () => {
  const server = await launchRedisServer()
  const redis = new Redis(server.url)
  const gateway = await startRedisGateway({ redis })
  const { client, close } = openRedis({ kind: 'upstash', ...gateway, timeoutMs })
  return {
    client,
    close: async () => {
      await close()
      await gateway.close()
      redis.disconnect()
      await server.close()
    },
  }
})
