export { type OwnedDatabase, openOwnedDatabase } from './open-owned-database.ts'
export { ownedModels } from './owned-models.ts'
export type { Operation, Reach, Scope, SeenVersions } from './scope.ts'
export { type ScopedDatabase, scopeDatabase } from './scoped-database.ts'
