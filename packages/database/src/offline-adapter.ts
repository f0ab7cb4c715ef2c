import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'

const serverVersion = {
  columnNames: ['exists', 'version', 'numeric_version'],
  columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
  rows: [[true, 'PostgreSQL 18.0', 180000]],
}

function refuse(): never {
  throw new Error('Comparing schemas needs no database; nothing else can be done offline.')
}

const connect = async (): Promise<SqlDriverAdapter> => ({
  provider: 'postgres',
  adapterName: 'offline',
  getConnectionInfo: () => ({ supportsRelationJoins: false }),
  queryRaw: async () => serverVersion,
  executeRaw: async () => refuse(),
  executeScript: async () => refuse(),
  startTransaction: async () => refuse(),
  dispose: async () => {},
})

/** Answers the one question the schema engine asks before it compares two schemas: the version. */
export const offlineAdapter: SqlMigrationAwareDriverAdapterFactory = {
  provider: 'postgres',
  adapterName: 'offline',
  connect,
  connectToShadowDb: connect,
}
