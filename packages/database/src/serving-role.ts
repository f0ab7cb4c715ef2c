import type { Database } from './open-database.ts'

interface RoleFacts {
  readonly role: string
  readonly superuser: boolean
  readonly bypassesRls: boolean
  readonly ownsTables: boolean
  readonly memberOfOwner: boolean
  readonly privilegedRoles: readonly string[]
  readonly unguardedTables: readonly string[]
  readonly reachesPlatform: boolean
}

const roleFacts = `
  WITH tables AS (
    SELECT c.oid, c.relname, c.relowner, c.relrowsecurity AND c.relforcerowsecurity AS guarded
      FROM pg_class c
     WHERE 'public'::regnamespace IN (
             c.relnamespace, (SELECT p.relnamespace FROM pg_class p WHERE p.oid = pg_partition_root(c.oid)))
       AND c.relkind IN ('r', 'p'))
  SELECT r.rolname AS "role", r.rolsuper AS "superuser", r.rolbypassrls AS "bypassesRls",
         EXISTS (SELECT FROM tables WHERE relowner = r.oid) AS "ownsTables",
         EXISTS (SELECT FROM tables WHERE relowner <> r.oid
                    AND pg_has_role(r.oid, relowner, 'MEMBER')) AS "memberOfOwner",
         ARRAY(SELECT o.rolname::text FROM pg_roles o
                WHERE o.oid <> r.oid AND NOT r.rolsuper AND (o.rolsuper OR o.rolbypassrls)
                  AND pg_has_role(r.oid, o.oid, 'MEMBER') ORDER BY 1) AS "privilegedRoles",
         ARRAY(SELECT relname::text FROM tables WHERE NOT guarded
                  AND (has_any_column_privilege(r.oid, tables.oid, 'SELECT, INSERT, UPDATE')
                       OR has_table_privilege(r.oid, tables.oid, 'DELETE'))
                ORDER BY 1) AS "unguardedTables",
         coalesce(has_schema_privilege(r.oid, to_regnamespace('platform'), 'USAGE'), false) AS "reachesPlatform"
    FROM pg_roles r WHERE r.rolname = current_user`

interface Duty {
  readonly variable: string
  readonly role: string
  /** Whether it serves the platform's administrators, across tenants. */
  readonly crossesTenants: boolean
}

function problemsOf(facts: RoleFacts, { crossesTenants }: Duty): string[] {
  const problems = [
    facts.superuser && 'is a superuser',
    facts.bypassesRls && 'has BYPASSRLS',
    facts.ownsTables && 'owns tables',
    facts.memberOfOwner && "is a member of the tables' owner",
    facts.privilegedRoles.length > 0 &&
      `can become a privileged role (${facts.privilegedRoles.join(', ')})`,
    facts.unguardedTables.length > 0 &&
      `reaches tables without forced row-level security (${facts.unguardedTables.join(', ')})`,
    facts.reachesPlatform && !crossesTenants && "reaches the platform's schema",
    !facts.reachesPlatform && crossesTenants && "does not reach the platform's schema",
  ]
  return problems.filter((problem) => problem !== false)
}

/** Throws when the role of DATABASE_URL could walk past row-level security; all reasons at once. */
export const requireServingRole = (database: Database): Promise<void> =>
  requireRole(database, {
    variable: 'DATABASE_URL',
    role: 'rampart_app, which row-level security binds',
    crossesTenants: false,
  })

/** The same for the role of DATABASE_PLATFORM_URL, which crosses tenants by the platform's schema alone. */
export const requirePlatformRole = (database: Database): Promise<void> =>
  requireRole(database, {
    variable: 'DATABASE_PLATFORM_URL',
    role: 'rampart_platform',
    crossesTenants: true,
  })

/** The same for the role of DATABASE_WORKER_URL, which crosses tenants where a policy names it. */
export const requireWorkerRole = (database: Database): Promise<void> =>
  requireRole(database, {
    variable: 'DATABASE_WORKER_URL',
    role: 'rampart_worker',
    crossesTenants: false,
  })

async function requireRole(database: Database, duty: Duty): Promise<void> {
  const [facts] = await database.query<RoleFacts & Record<string, unknown>>({
    name: 'serving_role',
    text: roleFacts,
    values: [],
  })
  const problems = facts ? problemsOf(facts, duty) : ['is unknown to pg_roles']
  if (problems.length === 0) return
  throw new Error(
    `The role of ${duty.variable} (${facts?.role ?? 'unknown'}) ${problems.join(', ')}: ` +
      `serve as ${duty.role}.`,
  )
}
