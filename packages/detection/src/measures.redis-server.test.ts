import { launchRedisCluster, launchRedisServer, startRedisGateway } from '@repo/embedded-servers'
import { openRedis } from '@repo/redis'
import { Redis } from 'ioredis'
import { describeMeasures } from './describe-measures.ts'

const timeoutMs = 20_000

describeMeasures('over a server of its own', async () => {
  const server = await launchRedisServer()
  const { client, close } = openRedis({ kind: 'server', url: server.url, timeoutMs })
  return { client, close: () => close().then(server.close) }
})

describeMeasures('over a cluster of three', async () => {
  const cluster = await launchRedisCluster()
  const { client, close } = openRedis({ kind: 'server', url: cluster.url, timeoutMs })
  return { client, close: () => close().then(cluster.close) }
})

describeMeasures('over REST before a server of its own', async () => {
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
