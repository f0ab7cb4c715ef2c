import type { Sql } from '@repo/testing'

/** Makes whoever deletes from a table hold its rows for a while: what can meet in the database then does. */
export async function slowDeletes(sql: Sql, table: string): Promise<void> {
  await sql.run(`CREATE OR REPLACE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql
                 AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END'`)
  await sql.run(`CREATE TRIGGER wait AFTER DELETE ON ${table}
                 FOR EACH STATEMENT EXECUTE FUNCTION public.wait()`)
}
