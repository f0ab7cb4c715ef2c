import { createAuditKeeper } from '@repo/audit'
import { type Database, openDatabase } from '@repo/database'
import { createTestDatabase, openSql, type Sql, startNode, type TestDatabase } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

let database: TestDatabase
let worker: Database
let sql: Sql
let head: string | null

beforeAll(async () => {
  database = await createTestDatabase()
  worker = openDatabase({ url: database.workerUrl })
  sql = openSql(database.ownerUrl)
  await sql.run(`INSERT INTO audit_events (time, action, outcome, request_id)
    SELECT '2030-01-05Z', 'x', 'success', 'r' FROM generate_series(1, 3)`)
  const keeper = createAuditKeeper({ database: worker, clock: () => new Date('2030-01-10Z') })
  await keeper.keepPartitions()
  ;({ head } = await keeper.seal())
})

afterAll(async () => {
  await Promise.all([worker.close(), sql.close()])
  await database.drop()
})

const entry = new URL('./audit-verify.ts', import.meta.url).pathname

async function verify(...words: readonly string[]) {
  const environment = { DATABASE_PLATFORM_URL: database.platformUrl }
  const { ended, output } = startNode([entry, ...words], environment)
  return { code: await ended, output: output() }
}

test('a log as it was sealed is told so, with the head of its chain', async () => {
  const { code, output } = await verify()
  expect([code, output.trim()]).toEqual([
    0,
    `3 events read, 0 not sealed yet, 1 seals. Head: ${head}`,
  ])
  expect(await verify('--head', head ?? '')).toMatchObject({ code: 0 })
})

test('a chain without the head that was known is no success', async () => {
  const { code, output } = await verify('--head', '0'.repeat(64))
  expect(code).toBe(1)
  expect(output).toContain('audit_seals: events 0 to 0: broken chain')
})

test('what was changed is named by partition and range, and is no success', async () => {
  await sql.run(`UPDATE audit_events SET action = 'y' WHERE id = 2`)
  const { code, output } = await verify()
  expect(code).toBe(1)
  expect(output).toContain('audit.events_2030_01: events 1 to 3: changed')
  expect(await verify('--since', '2030-02-01')).toMatchObject({ code: 0 })
})

test.each([[['--since', 'yesterday']], [['--head', 'x']], [['--unknown']]])(
  'words that mean nothing are refused with a way out: %j',
  async (words) => {
    const { code, output } = await verify(...words)
    expect(code).toBe(1)
    expect(output).toContain('npx pnpm@12 audit:verify')
  },
)
