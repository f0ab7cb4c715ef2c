import pg from 'pg'

export interface Sql {
  /** Runs one statement and returns its rows. */
  run(text: string, values?: readonly unknown[]): Promise<Readonly<Record<string, unknown>>[]>
  /** The payloads told on a channel from now on, as they come. */
  listen(channel: string): Promise<readonly string[]>
  close(): Promise<void>
}

/** A way into a test's database past everything that guards it, for factories and probes. */
export function openSql(url: string): Sql {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  // The database may be dropped while a connection is idle.
  pool.on('error', () => {})
  const listening: pg.Client[] = []
  return {
    run: async (text, values = []) => (await pool.query(text, [...values])).rows,
    async listen(channel) {
      const client = new pg.Client({ connectionString: url })
      listening.push(client)
      const told: string[] = []
      client.on('notification', ({ payload = '' }) => told.push(payload))
      await client.connect()
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
      return told
    },
    async close() {
      for (const client of listening) await client.end()
      await pool.end()
    },
  }
}
