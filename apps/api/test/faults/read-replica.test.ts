import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type EmbeddedPostgres, giveToServerUser, startPostgres } from '@repo/embedded-servers'
import { openSql, type Sql, startNode } from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { startBeside, type TestApi } from '../support/start-api.ts'
import { type BreakableApi, startBreakableApi } from './start-breakable-api.ts'

const backup = fileURLToPath(
  new URL('../../../../tooling/development/src/backup.ts', import.meta.url),
)
let primary: BreakableApi
let folder: string
let replica: EmbeddedPostgres
let reader: TestApi
let person: Person
let standby: Sql

/** The same log-in and database on the replica. */
const onReplica = (url: string) => {
  const changed = new URL(url)
  changed.port = String(replica.port)
  return changed.href
}

beforeAll(async () => {
  primary = await startBreakableApi()
  const { postgres, api, world } = primary
  person = await world.createPerson()
  folder = await mkdtemp(join(tmpdir(), 'rampart-replica-'))
  replica = await startReplica()
  reader = await startBeside(api, {
    DATABASE_URL: onReplica(postgres.appUrl),
    DATABASE_PLATFORM_URL: onReplica(postgres.platformUrl),
  })
  standby = openSql(onReplica(postgres.ownerUrl))
})

afterAll(async () => {
  await standby?.close()
  await reader?.close()
  await replica?.stop('immediate')
  await primary?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A server of its own that follows the primary's log. */
async function startReplica(): Promise<EmbeddedPostgres> {
  const { postgres } = primary
  const admin = openSql(postgres.adminUrl)
  await admin.run(`ALTER SYSTEM SET archive_mode = 'on'`)
  await admin.run(`ALTER SYSTEM SET archive_command = 'true'`)
  await admin.run(`ALTER SYSTEM SET wal_keep_size = '256MB'`)
  await admin.close()
  await postgres.stop()
  await postgres.start()
  await giveToServerUser(folder)
  const { ended, output } = startNode([backup, 'take', join(folder, 'data')], {
    DATABASE_ADMIN_URL: postgres.adminUrl,
  })
  expect(await ended, output()).toBe(0)
  const { password, port } = new URL(postgres.adminUrl)
  const from = `host=127.0.0.1 port=${port} user=postgres password=${decodeURIComponent(password)}`
  await appendFile(join(folder, 'data/postgresql.auto.conf'), `primary_conninfo = '${from}'\n`)
  await writeFile(join(folder, 'data/standby.signal'), '')
  return startPostgres({ directory: folder, persistent: false, password })
}

const ordersOf = (api: TestApi) => `${api.url}/api/users/${person.id}/orders`

/** Until the replica has what the primary has now. */
async function caughtUp(): Promise<void> {
  const admin = openSql(primary.postgres.adminUrl)
  const [{ now } = {}] = await admin.run('SELECT pg_current_wal_flush_lsn()::text AS now')
  await admin.close()
  await vi.waitFor(async () => {
    const query = 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS there'
    expect(await standby.run(query, [now])).toEqual([{ there: true }])
  }, 20_000)
}

test('who reads from a replica is shown what the primary has, in the same tenant', async () => {
  const { cookie } = person
  const body = { currency: 'EUR', totalCents: 7 }
  const made = await request(ordersOf(primary.api), { method: 'POST', cookie, body })
  expect(made.status).toBe(201)
  await caughtUp()
  const read = await request(ordersOf(reader), { cookie })
  expect([read.status, read.text]).toEqual([200, expect.stringContaining('"totalCents":7')])
  const stranger = await primary.world.createPerson({ organizationId: primary.world.globex })
  await caughtUp()
  const foreign = await request(ordersOf(reader), { cookie: stranger.cookie })
  expect(foreign.status).toBe(404)
})

test('who writes to a replica is told, and nothing is lost', async () => {
  const { cookie } = person
  const body = { currency: 'EUR', totalCents: 8 }
  const refused = await request(ordersOf(reader), { method: 'POST', cookie, body })
  expect([refused.status, refused.body?.['code']]).toEqual([503, 'unavailable'])
  const served = await request(ordersOf(primary.api), { method: 'POST', cookie, body })
  expect(served.status).toBe(201)
})
