import type { Database } from './open-database.ts'

interface RoleFacts {
  readonly role: string
  readonly superuser: boolean
  readonly bypassesRls: boolean
  readonly ownsTables: boolean
  readonly memberOfOwner: boolean
  readonly privilegedRoles: readonly string[]
  readonly unguardedTables: readonly string[]
}

const roleFacts = `
  WITH tables AS (
    SELECT c.oid, c.relname, c.relowner, c.relrowsecurity AND c.relforcerowsecurity AS guarded
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p'))
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
                ORDER BY 1) AS "unguardedTables"
    FROM pg_roles r WHERE r.rolname = current_user`

function problemsOf(facts: RoleFacts): string[] {
  const problems = [
    facts.superuser && 'is a superuser',
    facts.bypassesRls && 'has BYPASSRLS',
    facts.ownsTables && 'owns tables',
    facts.memberOfOwner && "is a member of the tables' owner",
    facts.privilegedRoles.length > 0 &&
      `can become a privileged role (${facts.privilegedRoles.join(', ')})`,
    facts.unguardedTables.length > 0 &&
      `reaches tables without forced row-level security (${facts.unguardedTables.join(', ')})`,
  ]
  return problems.filter((problem) => problem !== false)
}

/** Throws when the role of DATABASE_URL could walk past row-level security; all reasons at once. */
export async function requireServingRole(database: Database): Promise<void> {
  const [facts] = await database.query<RoleFacts & Record<string, unknown>>({
    name: 'serving_role',
    text: roleFacts,
    values: [],
  })
  const problems = facts ? problemsOf(facts) : ['is unknown to pg_roles']
  if (problems.length === 0) return
  throw new Error(
    `The role of DATABASE_URL (${facts?.role ?? 'unknown'}) ${problems.join(', ')}: ` +
      'serve as rampart_app, which row-level security binds.',
  )
}
