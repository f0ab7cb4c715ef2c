import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, openSql, type Sql, startNode, type TestDatabase } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listMigrations, prismaFolder } from './migration-files.ts'
import { applyMigrations, listAppliedMigrations } from './migrations.ts'

let database: TestDatabase
let sql: Sql
let folder: string

beforeEach(async () => {
  database = await createTestDatabase()
  sql = openSql(database.ownerUrl)
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  await cp(join(prismaFolder, 'migrations'), folder, { recursive: true })
})

afterEach(async () => {
  await sql.close()
  await database.drop()
  await rm(folder, { recursive: true })
})

async function addMigration(text: string): Promise<void> {
  const path = join(folder, '99990101000000_next')
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'migration.sql'), text)
}

const apply = () => applyMigrations({ ownerUrl: database.ownerUrl, folder })
const tableCount = async (name: string) =>
  (await sql.run('SELECT FROM pg_tables WHERE tablename = $1', [name])).length

test('what is there is not applied again, what is new is applied once', async () => {
  expect(await applyMigrations({ ownerUrl: database.ownerUrl })).toEqual([])
  await addMigration('CREATE TABLE next (id int)')
  expect(await apply()).toEqual(['99990101000000_next'])
  expect(await apply()).toEqual([])
  expect(await tableCount('next')).toBe(1)
})

test('a process that has applied them ends then, whatever patience with a lock was left', async () => {
  const entry = JSON.stringify(new URL('./migrations.ts', import.meta.url).href)
  const program = `
    import { applyMigrations } from ${entry}
    await applyMigrations({ ownerUrl: ${JSON.stringify(database.ownerUrl)} })
    const applied = performance.now()
    process.on('exit', () => console.log(performance.now() - applied))`
  const { ended, output } = startNode(['--input-type=module', '--eval', program], {})
  expect(await ended, output()).toBe(0)
  expect(Number(output())).toBeLessThan(5_000)
})

test('the migrations applied are the migrations on disk', async () => {
  const names = await listMigrations()
  expect(names.length).toBeGreaterThan(0)
  expect(await listAppliedMigrations(database.ownerUrl)).toEqual(names)
})

test('before the first migration none is listed, and no table is made for it', async () => {
  await sql.run('DROP TABLE _prisma_migrations')
  expect(await listAppliedMigrations(database.ownerUrl)).toEqual([])
  expect(await tableCount('_prisma_migrations')).toBe(0)
})

test('the record of a migration has the checksum that Prisma’s CLI would compare', async () => {
  await addMigration('CREATE TABLE next (id int)')
  await apply()
  const rows = await sql.run('SELECT * FROM _prisma_migrations ORDER BY migration_name')
  expect(rows.map((row) => row['migration_name'])).toEqual(await listMigrations(folder))
  for (const row of rows) {
    const file = await readFile(join(folder, String(row['migration_name']), 'migration.sql'))
    const checksum = createHash('sha256').update(file).digest('hex')
    expect(row).toMatchObject({
      checksum,
      applied_steps_count: 1,
      rolled_back_at: null,
      logs: null,
    })
    expect(row['finished_at']).toBeInstanceOf(Date)
  }
})

test('a migration that fails leaves nothing half-done and is not passed over', async () => {
  await addMigration('CREATE TABLE next (id int); INSERT INTO next VALUES (1); SELECT 1 / 0')
  await expect(apply()).rejects.toThrow('division by zero')
  expect(await tableCount('next')).toBe(0)
  expect(await listAppliedMigrations(database.ownerUrl)).toEqual(await listMigrations())
  await expect(apply()).rejects.toMatchObject({ code: 'P3009' })
})

test('a failed migration is tried again once its record says that it was rolled back', async () => {
  await addMigration('CREATE TABLE next (id int); SELECT 1 / 0')
  await expect(apply()).rejects.toThrow('division by zero')
  await sql.run('UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL')
  await addMigration('CREATE TABLE next (id int)')
  expect(await apply()).toEqual(['99990101000000_next'])
  expect(await tableCount('next')).toBe(1)
})

test('an edited migration is not applied again', async () => {
  await addMigration('CREATE TABLE next (id int)')
  await apply()
  await addMigration('CREATE TABLE next (id int); CREATE TABLE other (id int)')
  expect(await apply()).toEqual([])
  expect(await tableCount('other')).toBe(0)
})

test('functions whose bodies hold semicolons are applied whole', async () => {
  await addMigration(`CREATE FUNCTION seven() RETURNS int LANGUAGE plpgsql AS $$
    DECLARE result int; BEGIN result := 7; RETURN result; END $$; CREATE TABLE next (id int);`)
  await apply()
  expect(await sql.run('SELECT seven() AS value')).toEqual([{ value: 7 }])
  expect(await tableCount('next')).toBe(1)
})
