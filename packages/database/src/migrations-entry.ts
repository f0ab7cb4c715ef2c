export { listMigrations } from './migration-files.ts'
export {
  applyMigrations,
  diffSchemas,
  listAppliedMigrations,
  writeNextMigration,
} from './migrations.ts'
export { type DatabaseUrls, provisionDatabase } from './provision.ts'
