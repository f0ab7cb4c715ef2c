import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type pg from 'pg'

/**
 * Prisma's driver adapter for migrations. The stock one splits a script at every semicolon, inside
 * function bodies too; sent whole, a migration is one implicit transaction: all of it or nothing.
 */
export function createMigrationAdapter(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool)
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    async connect() {
      const adapter = await factory.connect()
      adapter.executeScript = async (script) => {
        // Without values Prisma sends it as it is; its way of failing is what the engine can report.
        await adapter.executeRaw({ sql: script, args: [], argTypes: [] })
      }
      return adapter
    },
  }
}
