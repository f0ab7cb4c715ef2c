export { isEmbeddedToken } from './embedded-token.ts'
export { openRedis, type RedisConnection, type RedisOptions } from './open-redis.ts'
export { defineScript, type RedisScript, runScript } from './redis-script.ts'
