import { launchRedisCluster } from '@repo/embedded-servers'
import { describeConnection } from './describe-connection.ts'
import { openRedis } from './open-redis.ts'

describeConnection('RESP to a cluster of three', async () => {
  const cluster = await launchRedisCluster()
  const connection = openRedis({ kind: 'server', url: cluster.url, timeoutMs: 5_000 })
  return { connection, close: () => connection.close().then(cluster.close) }
})
