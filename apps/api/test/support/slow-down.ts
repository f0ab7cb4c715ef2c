import type { Sql } from '@repo/testing'

/**
 * Makes every change of a table, such as `UPDATE ON memberships`, wait before it is done, or before it is
 * committed: what races then races surely.
 */
export async function slowDown(
  sql: Sql,
  change: string,
  when: 'BEFORE' | 'AFTER' = 'BEFORE',
): Promise<void> {
  await sql.run(`CREATE OR REPLACE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END $$`)
  await sql.run(
    `CREATE TRIGGER slow_down ${when} ${change} FOR EACH STATEMENT EXECUTE FUNCTION slow_down()`,
  )
}

export async function endSlowness(sql: Sql, change: string): Promise<void> {
  await sql.run(`DROP TRIGGER slow_down ON ${change.split(' ').at(-1)}`)
}
