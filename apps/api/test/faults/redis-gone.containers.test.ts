import { claimRedisDatabase, requireRealRedisUrl } from '@repo/testing'
import { startBreakableConnection } from './breakable-redis.ts'
import { describeRedisFaults } from './describe-redis-faults.ts'

describeRedisFaults(async () =>
  startBreakableConnection(await claimRedisDatabase(requireRealRedisUrl())),
)
