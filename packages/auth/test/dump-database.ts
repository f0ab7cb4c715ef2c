import type { Sql } from '@repo/testing'

export interface Dump {
  readonly text: string
  /** Every value that is a text, those within JSON included. */
  readonly strings: readonly string[]
}

/** All that the tables hold, as whoever stole a back-up has it. */
export async function dumpDatabase(sql: Sql): Promise<Dump> {
  const tables = await sql.run(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'pgboss')`,
  )
  const read = ({ name }: Readonly<Record<string, unknown>>) =>
    sql.run(`SELECT to_jsonb(t) AS row FROM ${String(name)} t`)
  const rows = (await Promise.all(tables.map(read))).flat()
  return { text: JSON.stringify(rows), strings: [...new Set(rows.flatMap(stringsIn))] }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}
