import type { Sql } from '@repo/testing'

/** Makes whoever deletes from a table (or updates it) hold its rows for a while: what can meet in the database then does. */
export async function slowWrites(
  sql: Sql,
  table: string,
  event: 'DELETE' | 'UPDATE' = 'DELETE',
): Promise<void> {
  await sql.run(`CREATE OR REPLACE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql
                 AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END'`)
  await sql.run(`CREATE TRIGGER wait AFTER ${event} ON ${table}
                 FOR EACH STATEMENT EXECUTE FUNCTION public.wait()`)
}
