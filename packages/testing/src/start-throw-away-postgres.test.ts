import pg from 'pg'
import { expect, test } from 'vitest'
import { runAsAdmin } from './admin-query.ts'
import { startThrowAwayDatabase } from './start-throw-away-postgres.ts'

const prepare = ({ adminUrl }: { readonly adminUrl: string }) =>
  runAsAdmin(adminUrl, 'CREATE TABLE kept AS SELECT 7 AS value')

async function readValue(connectionString: string): Promise<unknown> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query('SELECT value FROM kept')
  await client.end()
  return rows[0].value
}

test('a prepared server of its own comes back with its rows, until it is removed', async () => {
  const server = await startThrowAwayDatabase(prepare)
  expect(await readValue(server.adminUrl)).toBe(7)
  await server.stop('immediate')
  await expect(readValue(server.adminUrl)).rejects.toThrow('ECONNREFUSED')
  await server.start()
  expect(await readValue(server.adminUrl)).toBe(7)
  await server.remove()
  await expect(readValue(server.adminUrl)).rejects.toThrow('ECONNREFUSED')
})
