import pg from 'pg'

export interface Sql {
  /** Runs one statement and returns its rows. */
  run(text: string, values?: readonly unknown[]): Promise<Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

/** A way into a test's database past everything that guards it, for factories and probes. */
export function openSql(url: string): Sql {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  // The database may be dropped while a connection is idle.
  pool.on('error', () => {})
  return {
    run: async (text, values = []) => (await pool.query(text, [...values])).rows,
    close: () => pool.end(),
  }
}
