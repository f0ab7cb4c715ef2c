import {
  type Database,
  openDatabase,
  type PoolOptions,
  requirePlatformRole,
  requireServingRole,
} from '@repo/database'
import { AppError } from '@repo/errors'
import { type ExportedRows, exportOwnRows } from './export-own-rows.ts'
import { delegateNameOf, modelOf } from './owned-models.ts'
import { requireTableGuards } from './require-table-guards.ts'
import type { Scope } from './scope.ts'
import { type ScopedDatabase, scopeDatabase } from './scoped-database.ts'

export interface OwnedDatabase {
  /** Unscoped: handed to the guards that need it, never to a handler. */
  readonly database: Database
  /** The client of one caller; cheap enough for every request. */
  scopedTo(scope: Scope): ScopedDatabase
  /** Whether the scope may see the object of a resource with this id. */
  canRead(resource: string, id: string | number, scope: Scope): Promise<boolean>
  /** Everything that is a person's own, over all their organizations. */
  exportOwnRows(person: {
    readonly userId: string
    readonly organizationIds: readonly string[]
  }): Promise<ExportedRows>
}

/**
 * Opens the database for serving; throws when its role could walk past row-level security, or when that
 * is not what owned-models says.
 */
export async function openOwnedDatabase(options: PoolOptions): Promise<OwnedDatabase> {
  const database = await openAs(requireSecondLock, options)
  const scopedTo = (scope: Scope) => scopeDatabase(database, scope)
  return {
    database,
    scopedTo,
    canRead: (resource, id, scope) => canRead(scopedTo(scope), resource, id),
    exportOwnRows: (person) => exportOwnRows(database, person),
  }
}

// An administrator's page, not a product's.
const maxPlatformConnections = 3

/**
 * The way of the platform's administrators across tenants, by a role of its own; throws when that role could
 * do more than the platform's schema lets it, and for another database than the one that is served.
 */
export const openPlatformDatabase = (
  options: PoolOptions,
  served: Pick<Database, 'query'>,
): Promise<Database> =>
  openAs(
    async (platform) => {
      await requirePlatformRole(platform)
      await requireSameDatabase(served, platform)
    },
    { maxConnections: maxPlatformConnections, ...options },
  )

type Questioned = Pick<Database, 'query'>

/** Administrators would else suspend the people of another installation. */
async function requireSameDatabase(...both: readonly [Questioned, Questioned]): Promise<void> {
  const [served, platform] = await Promise.all(both.map(identityOf))
  if (served === platform) return
  throw new Error('DATABASE_PLATFORM_URL and DATABASE_URL name two databases: give them one.')
}

/** What no two databases share: of which cluster it is, and which of its databases. */
async function identityOf(database: Questioned): Promise<string> {
  const [row] = await database.query({
    name: 'database_identity',
    text: `SELECT (SELECT system_identifier FROM pg_control_system())::text AS cluster,
                  (SELECT oid FROM pg_database WHERE datname = current_database())::text AS database`,
    values: [],
  })
  return JSON.stringify(row)
}

async function openAs(
  requireRole: (database: Database) => Promise<void>,
  options: PoolOptions,
): Promise<Database> {
  const database = openDatabase(options)
  try {
    await requireRole(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

async function requireSecondLock(database: Database): Promise<void> {
  const checks = [requireServingRole(database), requireTableGuards(database)]
  const [first, second] = (await Promise.allSettled(checks)).flatMap((check) =>
    check.status === 'rejected' ? [check.reason] : [],
  )
  if (first === undefined) return
  // A server that does not answer is one reason, not two.
  if (second === undefined || first instanceof AppError) throw first
  throw new Error(`${first.message}\n${second.message}`)
}

async function canRead(
  db: ScopedDatabase,
  resource: string,
  id: string | number,
): Promise<boolean> {
  const model = modelOf(resource)
  const delegate: unknown = Reflect.get(db, delegateNameOf(model))
  const find: unknown = Reflect.get(Object(delegate), 'findFirst')
  if (typeof find !== 'function') return false
  try {
    return (await find({ where: { id }, select: { id: true } })) !== null
  } catch (error) {
    // No right to read, or an id of another form: nothing is seen, and nothing is told.
    if (error instanceof AppError && error.code === 'unavailable') throw error
    return false
  }
}
