import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditKeeper } from '@repo/audit'
import { openDatabase } from '@repo/database'
import { applyMigrations, provisionDatabase } from '@repo/database/migrations'
import { giveToServerUser } from '@repo/embedded-servers'
import { openSql, type Sql, startNode, startThrowAwayDatabase } from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const entry = new URL('./backup.ts', import.meta.url).pathname
const verifier = new URL('./audit-verify.ts', import.meta.url).pathname
const archiver = join(import.meta.dirname, '../../../docker/backup/archive-wal.sh')

let folder: string
let server: Awaited<ReturnType<typeof startThrowAwayDatabase>>
/** Where the server has all it knows. */
let data: string
let head: string | null

const at = (name: string) => join(folder, name)
const run = async (script: string, words: readonly string[], environment = {}) => {
  const { ended, output } = startNode([script, ...words], environment)
  return { code: await ended, output: output() }
}
const take = (name: string) =>
  run(entry, ['take', at(name)], { DATABASE_ADMIN_URL: server.adminUrl })
const restore = (...words: readonly string[]) => run(entry, ['restore', ...words])

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-backup-'))
  await mkdir(at('wal'))
  for (const path of [folder, at('wal')]) await giveToServerUser(path)
  server = await startThrowAwayDatabase(async (urls) => {
    await provisionDatabase(urls)
    await applyMigrations(urls)
  })
  data = await withAdmin(async (admin) => {
    const [row] = await admin.run(`SELECT current_setting('data_directory') AS data`)
    return String(row?.['data'])
  })
})

afterAll(async () => {
  await server?.remove()
  await rm(folder, { recursive: true, force: true })
})

const withSql =
  (url: string) =>
  async <Result>(task: (sql: Sql) => Promise<Result>) => {
    const sql = openSql(url)
    return task(sql).finally(sql.close)
  }
const withAdmin = <Result>(task: (admin: Sql) => Promise<Result>) => withSql(server.adminUrl)(task)
const withOwner = <Result>(task: (owner: Sql) => Promise<Result>) => withSql(server.ownerUrl)(task)

/** Somebody did something: audit events, sealed into the chain. */
async function record(action: string, day: number): Promise<void> {
  const insert = `INSERT INTO audit_events (time, action, outcome, request_id)
    SELECT $1, $2, 'success', 'r' FROM generate_series(1, 3)`
  await withOwner((owner) => owner.run(insert, [`2030-01-0${day}Z`, action]))
  const worker = openDatabase({ url: server.workerUrl })
  const keeper = createAuditKeeper({ database: worker, clock: () => new Date('2030-01-10Z') })
  await keeper.keepPartitions()
  ;({ head } = await keeper.seal())
  await worker.close()
}

const actions = () =>
  withOwner(async (owner) => {
    const rows = await owner.run('SELECT DISTINCT action FROM audit_events ORDER BY 1')
    return rows.map(({ action }) => action)
  })

test('without an archive of its log a server is not backed up, and is told why', async () => {
  const { code, output } = await take('early')
  expect([code, output]).toEqual([1, expect.stringContaining('archives no write-ahead log')])
  await expect(readdir(at('early'))).rejects.toThrow('ENOENT')
})

test('a database that is destroyed comes back as it was at a moment, its audit chain whole', async () => {
  const command = `sh ${archiver} "%p" "%f" ${at('wal')}`
  await withAdmin(async (admin) => {
    await admin.run(`ALTER SYSTEM SET archive_mode = 'on'`)
    await admin.run(`ALTER SYSTEM SET archive_command = '${command}'`)
  })
  await server.stop()
  await server.start()

  await record('before.backup', 1)
  expect(await take('backup')).toMatchObject({ code: 0 })
  expect(await readdir(folder)).not.toContain('backup.partial')
  expect((await take('backup')).output).toContain('is there already')
  // What came after the copy is in the log alone.
  await record('after.backup', 2)
  const known = head
  const moment = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await record('after.moment', 3)
  await withOwner((owner) => owner.run('DROP TABLE audit_events CASCADE'))
  const [wal] = await withAdmin((admin) =>
    admin.run('SELECT pg_walfile_name(pg_switch_wal()) AS name'),
  )
  await vi.waitFor(async () => expect(await readdir(at('wal'))).toContain(wal?.['name']), 30_000)
  await server.stop('immediate')
  await rm(data, { recursive: true })

  const until = new Date(moment + 25).toISOString()
  // As a volume that is mounted is there.
  await mkdir(data)
  const words = [at('backup'), '--wal', at('wal'), '--to', data, '--until', until]
  expect(await restore(...words)).toMatchObject({ code: 0 })
  await server.start()
  expect(await actions()).toEqual(['after.backup', 'before.backup'])
  const verified = await run(verifier, ['--head', known ?? ''], {
    DATABASE_PLATFORM_URL: server.platformUrl,
  })
  expect(verified).toMatchObject({
    code: 0,
    output: expect.stringContaining('6 events read, 0 not'),
  })
  // It serves: what comes now is sealed upon what came back.
  await record('after.restore', 4)
  expect(await run(verifier, [], { DATABASE_PLATFORM_URL: server.platformUrl })).toMatchObject({
    code: 0,
  })
})

test('a log with a hole is no way to a later moment', async () => {
  await server.stop('immediate')
  await rename(data, at('old'))
  const [first = ''] = (await readdir(at('wal')))
    .filter((name) => /^[0-9A-F]{24}$/.test(name))
    .toSorted()
    .reverse()
  await mkdir(at('holes'))
  await writeFile(at(`holes/${first}`), '')
  const words = [at('backup'), '--wal', at('holes'), '--to', data]
  expect(await restore(...words)).toMatchObject({ code: 0 })
  await expect(server.start()).rejects.toThrow()
  await rm(data, { recursive: true })
  await rename(at('old'), data)
  await server.start()
  expect(await actions()).toContain('after.restore')
})

test.each([
  [
    'what is no backup',
    () => [at('wal'), '--wal', at('wal'), '--to', at('new')],
    'is no whole backup',
  ],
  [
    'a place that is taken',
    () => [at('backup'), '--wal', at('wal'), '--to', at('wal')],
    'something in',
  ],
  [
    'a path for a shell',
    () => [at('backup'), '--wal', '/tmp/$(id)', '--to', at('new')],
    'cannot stand in a command',
  ],
  [
    'a time that is none',
    () => [at('backup'), '--wal', at('wal'), '--to', at('new'), '--until', 'noon'],
    'takes a time',
  ],
  ['no archive', () => [at('backup'), '--to', at('new')], 'are needed'],
  ['an unknown word', () => [at('backup'), '--now'], 'db:restore BACKUP'],
])('%s is refused with a way out, and nothing is touched', async (_what, words, said) => {
  const { code, output } = await restore(...words())
  expect([code, output]).toEqual([1, expect.stringContaining(said)])
})
