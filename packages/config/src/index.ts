export { type Config, ConfigError, loadConfig, type RedisConfig } from './load-config.ts'
export { Secret } from './secret.ts'
