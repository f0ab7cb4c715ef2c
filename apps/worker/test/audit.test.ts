import { createAuditVerifier } from '@repo/audit'
import { openDatabase } from '@repo/database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorker } from './start-worker.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

const database = useWorkerDatabase()
const patient = { timeout: 60_000 }
let worker: Awaited<ReturnType<typeof startWorker>>

beforeAll(async () => {
  worker = await startWorker(database)
})
afterAll(() => worker?.close())

const linesOf = (wanted: string) => worker.lines.filter(({ msg }) => msg === wanted)

test('what has come into the audit log is sealed, and the chain holds', async () => {
  await database.owner.run(
    `INSERT INTO audit_events (time, action, outcome, request_id)
     SELECT now() - interval '1 minute', 'orders.create', 'success', n::text FROM generate_series(1, 3) n`,
  )
  await database.owner.run(`SELECT jobs.add('audit-seal', '{}')`)
  await expect.poll(() => linesOf('the audit log was sealed'), patient).toHaveLength(1)
  const [{ events, head } = {}] = linesOf('the audit log was sealed')
  expect({ events, head }).toEqual({ events: 3, head: expect.stringMatching(/^[\da-f]{64}$/) })
  const platform = await openDatabase({ url: database.urls.platformUrl })
  const { findings } = await createAuditVerifier(platform).verify({ knownHead: String(head) })
  await platform.close()
  expect(findings).toEqual([])
})

test('there is room for the months to come, once some is missing', async () => {
  const [month] = await database.owner.run(
    `SELECT c.oid::regclass::text AS partition FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'audit_events'::regclass AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
      ORDER BY 1 DESC LIMIT 1`,
  )
  await database.owner.run(`DROP TABLE ${String(month?.['partition'])}`)
  await database.owner.run(`SELECT jobs.add('audit-upkeep', '{}')`)
  await expect.poll(() => linesOf('the audit log was kept'), patient).toHaveLength(1)
  const [line] = linesOf('the audit log was kept')
  expect(line).toMatchObject({ made: [{ moved: 0 }], dropped: [] })
  await database.owner.run(`SELECT jobs.add('audit-upkeep', '{}')`)
  await expect.poll(() => linesOf('the audit log was kept'), patient).toHaveLength(2)
  expect(linesOf('the audit log was kept')[1]).toMatchObject({ made: [] })
})
