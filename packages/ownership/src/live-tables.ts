import type { Database } from '@repo/database'
import type { Policy } from './serving-policies.ts'

export interface LivePolicy extends Policy {
  readonly isPermissive: boolean
  readonly roles: readonly string[]
}

/** A table, or what reads like one, as it stands in the database for the role that asks. */
export interface LiveTable {
  readonly table: string
  /** A part of another table, under a name of its own: it guards itself, whatever that one does. */
  readonly isPartition: boolean
  /** Row-level security is on, for the table's owner too. */
  readonly isForced: boolean
  /** The role could leave everything out: it owns the table, or is a superuser. */
  readonly isAbove: boolean
  /** `SELECT`, or `UPDATE(name)` where it is not for the whole table; whoever they were granted to. */
  readonly privileges: readonly string[]
  /** Those that are for the role: by its name, by a role that it can become, or by PUBLIC. */
  readonly policies: readonly LivePolicy[]
}

const liveTables = `
  SELECT c.relname::text AS "table", c.relispartition AS "isPartition",
         c.relrowsecurity AND c.relforcerowsecurity AS "isForced",
         pg_has_role(c.relowner, 'MEMBER') AS "isAbove",
         ARRAY(
           SELECT p.name FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) p(name)
            WHERE has_table_privilege(c.oid, p.name)
           UNION ALL
           SELECT p.name || '(' || a.attname || ')'
             FROM unnest(ARRAY['SELECT','INSERT','UPDATE','REFERENCES']) p(name)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE NOT has_table_privilege(c.oid, p.name) AND has_column_privilege(c.oid, a.attnum, p.name)
         ) AS "privileges",
         (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', p.polname, 'isPermissive', p.polpermissive,
                   'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                   'roles', ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r)::text END
                                    FROM unnest(p.polroles) r ORDER BY 1),
                   'using', pg_get_expr(p.polqual, p.polrelid),
                   'check', pg_get_expr(p.polwithcheck, p.polrelid)) ORDER BY p.polname), '[]')
            FROM pg_policy p
           WHERE p.polrelid = c.oid
             AND EXISTS (SELECT FROM unnest(p.polroles) r WHERE r = 0 OR pg_has_role(r, 'MEMBER'))) AS "policies"
    FROM pg_class c
   WHERE 'public'::regnamespace IN (
           c.relnamespace, (SELECT p.relnamespace FROM pg_class p WHERE p.oid = pg_partition_root(c.oid)))
     AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   ORDER BY 1`

/** Every table of the database, as the role of this connection meets it. */
export const readLiveTables = (database: Database): Promise<readonly LiveTable[]> =>
  database.query<LiveTable & Record<string, unknown>>({
    name: 'live_tables',
    text: liveTables,
    values: [],
  })
