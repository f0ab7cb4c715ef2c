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

test('its months are kept: what is past its time goes', async () => {
  await database.owner.run(`SELECT jobs.add('audit-upkeep', '{}')`)
  await expect.poll(() => linesOf('the audit log was kept'), patient).toHaveLength(1)
  expect(linesOf('the audit log was kept')[0]).toMatchObject({ dropped: [] })
})
