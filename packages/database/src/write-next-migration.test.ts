import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listMigrations, prismaFolder, readLastSchema, readSchema } from './migration-files.ts'
import { diffSchemas, writeNextMigration } from './migrations.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prisma-'))
  await cp(prismaFolder, folder, { recursive: true })
})

afterEach(() => rm(folder, { recursive: true }))

const colour = '\nmodel Colour {\n  id   Int    @id\n  name String\n}\n'

test('the newest migration leads to the schema as it stands', async () => {
  expect(await readLastSchema(prismaFolder)).toBe(await readSchema(prismaFolder))
})

test('without a change nothing is written', async () => {
  const before = await listMigrations(join(folder, 'migrations'))
  expect(await writeNextMigration('nothing', { folder })).toBeNull()
  expect(await listMigrations(join(folder, 'migrations'))).toEqual(before)
})

test('a changed schema gets one migration, the newest, with its SQL and its schema', async () => {
  await appendFile(join(folder, 'schema.prisma'), colour)
  const path = (await writeNextMigration('add_colour', { folder })) ?? ''
  expect(basename(path)).toMatch(/^\d{14}_add_colour$/)
  expect((await listMigrations(join(folder, 'migrations'))).at(-1)).toBe(basename(path))
  const sql = await readFile(join(path, 'migration.sql'), 'utf8')
  expect(sql).toContain('CREATE TABLE "Colour"')
  expect(sql).not.toContain('"orders"')
  expect(await readLastSchema(folder)).toContain(colour)
  expect(await writeNextMigration('again', { folder })).toBeNull()
})

test('what the guard makes of the SQL stands behind it', async () => {
  await appendFile(join(folder, 'schema.prisma'), colour)
  const guard = (sql: string) => `-- ${sql.match(/CREATE TABLE/g)?.length} guarded\n`
  const path = (await writeNextMigration('add_colour', { folder, guard })) ?? ''
  expect(await readFile(join(path, 'migration.sql'), 'utf8')).toMatch(/\);\n+-- 1 guarded\n$/)
})

test('where the guard refuses, nothing is written', async () => {
  await appendFile(join(folder, 'schema.prisma'), colour)
  const before = await listMigrations(join(folder, 'migrations'))
  const guard = () => {
    throw new Error('whose are they?')
  }
  await expect(writeNextMigration('add_colour', { folder, guard })).rejects.toThrow('whose')
  expect(await listMigrations(join(folder, 'migrations'))).toEqual(before)
})

test('from nothing, the difference is the whole schema', async () => {
  const schema = await readSchema(prismaFolder)
  const models = [...schema.matchAll(/@@map\("(\w+)"\)/g)].map(([, table]) => table)
  expect(models).toContain('orders')
  const sql = await diffSchemas(null, schema)
  expect([...sql.matchAll(/CREATE TABLE "(\w+)"/g)].map(([, table]) => table)).toEqual(models)
})

test('two schemas compare without a database; what is gone is dropped', async () => {
  const now = await readSchema(prismaFolder)
  expect(await diffSchemas(now + colour, now)).toContain('DROP TABLE "Colour"')
})

test('a schema that is wrong is refused in the engine’s words', async () => {
  await expect(diffSchemas(null, 'model Half {')).rejects.toThrow('validating')
})
