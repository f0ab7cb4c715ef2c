import { startBreakableServer } from './breakable-redis.ts'
import { describeRedisFaults } from './describe-redis-faults.ts'

describeRedisFaults(startBreakableServer)
