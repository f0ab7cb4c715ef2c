import { openSql } from '@repo/testing'
import { getConstructionPlans } from 'pg-boss'
import { expect, test } from 'vitest'
import { useJobs } from '../test/use-jobs.ts'
import { queues } from './queues.ts'

const jobs = useJobs()

/** Everything that stands in a schema: columns, keys and checks, indexes, functions, by their definitions. */
async function describeSchema(schema: string): Promise<readonly string[]> {
  const text = `
    SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
             || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
             || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS it
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'constraint ' || c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE k.connamespace = $1::text::regnamespace
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = $1::text
    UNION ALL
    SELECT 'type ' || t.typname || ' ' || e.enumlabel
      FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typnamespace = $1::text::regnamespace
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.pronamespace = $1::text::regnamespace
    UNION ALL
    SELECT 'version ' || version FROM ${schema}.version
    ORDER BY 1`
  const rows = await jobs.owner.run(text, [schema])
  // Indented and broken as each text was; the partitions of each day are of nobody here.
  return rows
    .map(({ it }) => String(it).replaceAll(schema, 'pgboss').replaceAll(/\s+/g, ' '))
    .filter((it) => !it.includes('queue_stats_20'))
    .toSorted()
}

test('what the migration installed is what this pg-boss installs', async () => {
  await jobs.owner.run('CREATE SCHEMA fresh')
  await jobs.owner.run(getConstructionPlans('fresh', { createSchema: false }))
  const installed = await describeSchema('pgboss')
  expect(installed.length).toBeGreaterThan(200)
  expect(installed).toEqual(await describeSchema('fresh'))
  await jobs.owner.run('DROP SCHEMA fresh CASCADE')
})

test('a worker does not start over another version', async () => {
  await jobs.owner.run('UPDATE pgboss.version SET version = version - 1')
  await expect(jobs.start({})).rejects.toThrow('requires migrations')
  await jobs.owner.run('UPDATE pgboss.version SET version = version + 1')
  await jobs.start({})
})

test('every queue of the code is one of the database, and none else is', async () => {
  const rows = await jobs.owner.run(
    `SELECT name FROM pgboss.queue WHERE name NOT LIKE '\\_\\_pgboss%' ORDER BY 1`,
  )
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(queues).toSorted())
})

test('a queue that no migration declared is told when the worker starts', async () => {
  const undeclared = { ...queues, 'none-such': queues.mail }
  await expect(jobs.start({ queues: undeclared })).rejects.toThrow('lacks the queue none-such')
})

test('a worker that starts and works creates and alters nothing', async () => {
  const before = await describeSchema('pgboss')
  const schedules = [{ cron: '0 0 1 1 *', queue: 'clean-up' }] as const
  const done: unknown[] = []
  const { lines } = await jobs.start({
    schedules,
    handlers: [{ queue: 'mail', run: async ({ id }) => void done.push(id) }],
  })
  const id = await jobs.add('mail', {})
  await expect.poll(() => done, { timeout: 30_000 }).toEqual([id])
  // It has looked after the queues too, and had the right to.
  const supervised = 'SELECT 1 FROM pgboss.queue WHERE maintain_on IS NULL OR monitor_on IS NULL'
  await expect.poll(() => jobs.owner.run(supervised), { timeout: 30_000 }).toEqual([])
  expect(lines).toEqual([])
  expect(await describeSchema('pgboss')).toEqual(before)
})

test.each([
  ['create a table', 'CREATE TABLE pgboss.mine (id int)'],
  ['create a schema', 'CREATE SCHEMA mine'],
  ['alter a table', 'ALTER TABLE pgboss.job_common ADD COLUMN mine int'],
  ['drop a table', 'DROP TABLE pgboss.job_common'],
  ['add an index', 'CREATE INDEX mine ON pgboss.job_common (id)'],
  ['change a function', 'ALTER FUNCTION jobs.add RENAME TO mine'],
  [
    'make a queue with a table of its own',
    `SELECT pgboss.create_queue('mine', '{"policy": "standard", "partition": true}')`,
  ],
])('the worker cannot %s', async (_what, text) => {
  const worker = openSql(jobs.urls.workerUrl)
  await expect(worker.run(text)).rejects.toThrow(/permission denied|must be owner/)
  await worker.close()
})
