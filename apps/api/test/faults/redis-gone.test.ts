import { startBreakableGateway } from './breakable-redis.ts'
import { describeRedisFaults } from './describe-redis-faults.ts'

describeRedisFaults(startBreakableGateway)
