import { setTimeout as wait } from 'node:timers/promises'
import { createTestDatabase, type TestDatabase } from '@repo/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

let database: TestDatabase
let clients: readonly [pg.Client, pg.Client]
let member: readonly [organizationId: string, userId: string]

beforeAll(async () => {
  database = await createTestDatabase()
  const connect = async () => {
    const client = new pg.Client({ connectionString: database.ownerUrl })
    await client.connect()
    return client
  }
  clients = [await connect(), await connect()]
  member = [crypto.randomUUID(), crypto.randomUUID()]
  const [client] = clients
  await client.query("INSERT INTO organizations (id, name) VALUES ($1, 'Acme')", [member[0]])
  await client.query("INSERT INTO users (id, email, name) VALUES ($1, 'a@a.test', 'A')", [
    member[1],
  ])
  const join = "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'member')"
  await client.query(join, [...member])
  await insert(client, 5_242_880, 19)
  await insert(client, 5_242_780, 1)
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()))
  await database.drop()
})

/** Files of the member, whose quota has room for 100 bytes after the first twenty. */
const insert = (client: pg.Client, bytes: number, count = 1) =>
  client.query(
    `INSERT INTO files (id, organization_id, user_id, name, media_type, bytes, sha256, storage_key)
     SELECT gen_random_uuid(), $1, $2, 'x', 'image/png', $3, repeat('0', 64), gen_random_uuid()
       FROM generate_series(1, $4::int)`,
    [...member, bytes, count],
  )

test.each([
  ['COMMIT', 'is over the quota'],
  ['ROLLBACK', 'has the room'],
])('a file beside one that is being kept waits for it, and after its %s %s', async (end) => {
  const [first, second] = clients
  await first.query('BEGIN')
  await insert(first, 60)
  const result = insert(second, 60).then(
    () => 'kept',
    ({ code }) => code,
  )
  expect(await Promise.race([result, wait(300, 'waits')])).toBe('waits')
  await first.query(end)
  expect(await result).toBe(end === 'COMMIT' ? 'RF001' : 'kept')
  await first.query('DELETE FROM files WHERE bytes = 60')
})
