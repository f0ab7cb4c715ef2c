export { applyMigrations, diffSchemas, writeNextMigration } from './migrations.ts'
export { type DatabaseUrls, provisionDatabase } from './provision.ts'
