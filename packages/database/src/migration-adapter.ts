import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'

/**
 * Prisma's driver adapter for migrations. The stock one splits a script at every semicolon, inside
 * function bodies too; sent whole, a migration is one implicit transaction: all of it or nothing.
 */
export function createMigrationAdapter(ownerUrl: string): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg({ connectionString: ownerUrl })
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    async connect() {
      const adapter = await factory.connect()
      adapter.executeScript = async (script) => {
        await adapter.underlyingDriver().query(script)
      }
      return adapter
    },
  }
}
