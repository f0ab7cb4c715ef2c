export { type ExportedRows, toExportedRow } from './export-own-rows.ts'
export { guardNewTables } from './guard-new-tables.ts'
export {
  type OwnedDatabase,
  openOwnedDatabase,
  openPlatformDatabase,
} from './open-owned-database.ts'
export { ownedModels } from './owned-models.ts'
export type { Operation, Reach, Scope, SeenVersions } from './scope.ts'
export { type ScopedDatabase, scopeDatabase } from './scoped-database.ts'
