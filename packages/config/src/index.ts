export type { AlertingConfig } from './alerting.ts'
export { isCdnNetwork } from './cdn-networks.ts'
export { ConfigError } from './config-error.ts'
export { withVerifiedTls } from './database-transport.ts'
export type { ExternalProviderConfig } from './external-providers.ts'
export { type Config, loadConfig } from './load-config.ts'
export { loadWorkerConfig, type WorkerConfig } from './load-worker-config.ts'
export type { LogShippingConfig } from './log-shipping.ts'
export {
  fixedConfig,
  type OpenConfig,
  openConfig,
  type Reading,
  readVariables,
} from './open-config.ts'
export type { RedisConfig } from './redis-config.ts'
export { Secret } from './secret.ts'
export {
  openWritableVariable,
  type WritableVariable,
} from './sources/open-writable-variable.ts'
export { type SecretSource, SecretSourceError } from './sources/secret-source.ts'
export type { TelemetryConfig, TracingConfig } from './telemetry.ts'
export { readTlsFiles, type TlsFiles, type TlsPair } from './tls-files.ts'
