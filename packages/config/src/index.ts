export { ConfigError } from './config-error.ts'
export { type Config, loadConfig } from './load-config.ts'
export type { RedisConfig } from './redis-config.ts'
export { Secret } from './secret.ts'
