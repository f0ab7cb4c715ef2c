import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, openSql } from '@repo/testing'
import { expect, test } from 'vitest'
import { listMigrations, prismaFolder } from './migration-files.ts'
import { applyMigrations } from './migrations.ts'

const name = '20261127110000_audit_chain'

/** A database as it was before the migration; `migrate` applies it. */
async function openBefore() {
  const database = await createTestDatabase()
  const sql = openSql(database.ownerUrl)
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  const present = join(prismaFolder, 'migrations')
  const copy = async (which: (migration: string) => boolean) => {
    await cp(join(present, 'migration_lock.toml'), join(folder, 'migration_lock.toml'))
    for (const migration of (await listMigrations()).filter(which)) {
      await cp(join(present, migration), join(folder, migration), { recursive: true })
    }
    await applyMigrations({ ownerUrl: database.ownerUrl, folder })
  }
  const schemas = await sql.run(
    `SELECT string_agg(quote_ident(nspname), ', ') AS names FROM pg_namespace
      WHERE nspname !~ '^(pg_|information_schema)'`,
  )
  await sql.run(`DROP SCHEMA ${String(schemas[0]?.['names'])} CASCADE`)
  await sql.run('CREATE SCHEMA public')
  await copy((migration) => migration < name)
  return {
    ...{ sql, database, migrate: () => copy((migration) => migration === name) },
    async close() {
      await sql.close()
      await database.drop()
      await rm(folder, { recursive: true })
    },
  }
}

test('events from before are kept, each in the partition of its month and under pseudonyms', async () => {
  const { sql, migrate, database, close } = await openBefore()
  const person = crypto.randomUUID()
  await sql.run(`INSERT INTO users (id, email, name) VALUES ($1, 'e@x.test', 'n')`, [person])
  const event = `INSERT INTO audit_events (time, actor, on_behalf_of, action, target, outcome, address, request_id)
    VALUES ($1, $2::uuid, $2::uuid, 'users.update', $2::uuid::text, 'success', '192.0.2.30', 'r')`
  for (const time of ['2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2026-11-05T00:00:00Z']) {
    await sql.run(event, [time, person])
  }
  await migrate()
  const rows = await sql.run(
    `SELECT e.id::int, e.tableoid::regclass::text AS place, e.address, e.actor <> $1 AS hidden,
            a.person = $1 AND e.on_behalf_of = e.actor AND e.target = e.actor::text AS found
       FROM audit_events e JOIN audit_actors a ON a.pseudonym = e.actor ORDER BY e.id`,
    [person],
  )
  const same = { address: '192.0.2.0/24', hidden: true, found: true }
  expect(rows).toEqual([
    { id: 1, place: 'audit.events_2025_12', ...same },
    { id: 2, place: 'audit.events_2026_01', ...same },
    { id: 3, place: 'audit.events_2026_11', ...same },
  ])
  const app = openSql(database.appUrl)
  await app.run(
    `INSERT INTO audit_events (action, outcome, request_id) VALUES ('x', 'success', 'r')`,
  )
  expect(await sql.run('SELECT max(id)::int AS id FROM audit_events')).toEqual([{ id: 4 }])
  expect(await sql.run(`SELECT to_regclass('audit_events_before') AS old`)).toEqual([{ old: null }])
  await app.close()
  await close()
})
