export { isEmbeddedToken } from './embedded-token.ts'
export { openRedis, type RedisConnection, type RedisOptions } from './open-redis.ts'
