import { startRedisGateway } from '@repo/embedded-servers'
import { openRedis } from '@repo/redis'
import { describeMeasures } from './describe-measures.ts'

describeMeasures('over the embedded gateway', async () => {
  const gateway = await startRedisGateway()
  const { client, close } = openRedis({ kind: 'upstash', ...gateway, timeoutMs: 60_000 })
  return { client, close: () => close().then(gateway.close) }
})
