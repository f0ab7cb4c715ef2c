import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type JobRunner, type JobRunnerOptions, startJobRunner } from '../src/job-runner.ts'

export interface LogLine {
  readonly message: string
  readonly [field: string]: unknown
}

/** A database of its own for the tests of a file, and runners that end with each test. */
export function useJobs() {
  let database: TestDatabase
  let owner: Sql
  const runners: JobRunner[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
    owner = openSql(database.ownerUrl)
  })
  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.stop(1)
    await owner.run('DELETE FROM pgboss.job')
  })
  afterAll(async () => {
    await owner?.close()
    await database?.drop()
  })
  return {
    get urls() {
      return database
    },
    get owner() {
      return owner
    },
    /** A job as a trigger would add it. */
    add: async (queue: string, data: object, key: string | null = null) => {
      const [row] = await owner.run('SELECT jobs.add($1, $2, $3) AS id', [queue, data, key])
      return row?.['id']
    },
    start: async (options: Partial<JobRunnerOptions>) => {
      const lines: LogLine[] = []
      const write = (fields: object, message: string) => lines.push({ ...fields, message })
      const log = { info: write, warn: write, error: write }
      const runner = await startJobRunner({
        url: database.workerUrl,
        handlers: [],
        superviseSeconds: 1,
        log,
        ...options,
      })
      runners.push(runner)
      return { ...runner, lines }
    },
    jobs: (queue: string) =>
      owner.run(
        'SELECT id, state::text, data, output, retry_count FROM pgboss.job WHERE name = $1 ORDER BY created_on',
        [queue],
      ),
  }
}
