import pg from 'pg'

/** Runs statements one by one, each in its own transaction: CREATE DATABASE takes part in none. */
export async function runAsAdmin(adminUrl: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
