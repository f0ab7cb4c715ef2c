import { createKeyRotation, type KeyRotation } from '@repo/auth'
import { loadWorkerConfig, openConfig, type WorkerConfig } from '@repo/config'
import { type Encryption, openEncryption } from '@repo/encryption'
import { openWorkerDatabase, type WorkerDatabase } from '@repo/jobs'

/** What a rotation by hand works with: the worker's configuration and its role. */
export interface Rotation extends AsyncDisposable {
  readonly config: WorkerConfig
  readonly database: WorkerDatabase
  readonly encryption: Encryption
  readonly keys: KeyRotation
}

/** Throws ConfigError for an environment that is no worker's, or where Postgres cannot be reached. */
export async function openRotation(): Promise<Rotation> {
  const secrets = await openConfig(loadWorkerConfig)
  const config = secrets.current()
  const {
    databaseWorkerUrl,
    databasePooler: pooler,
    keyRotationDays: maxAgeDays,
    rdsRegion,
  } = config
  const url = databaseWorkerUrl.reveal()
  const database = await openWorkerDatabase({ url, pooler, rdsRegion, maxConnections: 1 })
  const encryption = openEncryption(secrets)
  const clock = () => new Date()
  return {
    config,
    database,
    encryption,
    keys: createKeyRotation({ database, encryption, clock, maxAgeDays }),
    async [Symbol.asyncDispose]() {
      secrets.close()
      await database.close()
    },
  }
}
