export { startSecretsManager, type TestSecretsManager } from './start-secrets-manager.ts'
