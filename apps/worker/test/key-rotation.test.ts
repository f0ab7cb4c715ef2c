import { openRotatingKeys } from '@repo/auth'
import { openDatabase } from '@repo/database'
import { createEncryption } from '@repo/encryption'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSchedules } from '../src/handlers.ts'
import { startWorker } from './start-worker.ts'
import { useWorkerDatabase } from './use-worker-database.ts'

const database = useWorkerDatabase()
const patient = { timeout: 60_000 }
let worker: Awaited<ReturnType<typeof startWorker>>
let now = new Date()

beforeAll(async () => {
  worker = await startWorker(database, { KEY_ROTATION_DAYS: '30' }, () => now)
  const [id = '', key = ''] = database.encryptionKeys.split(':')
  const encryption = createEncryption([{ id, key: Buffer.from(key, 'base64') }])
  const serving = openDatabase({ url: database.urls.appUrl })
  const opening = { database: serving, encryption, clock: () => now, onError: () => {} }
  for (const purpose of ['signing', 'cookie'] as const) {
    const keys = await openRotatingKeys({ ...opening, purpose })
    keys.close()
  }
  await serving.close()
})
afterAll(() => worker?.close())

const lookedAfter = () => worker.lines.filter(({ msg }) => msg === 'the keys were looked after')

/** What the job has done, so many days later. */
async function workAfter(days: number) {
  now = new Date(now.getTime() + days * 24 * 60 * 60 * 1_000)
  const before = lookedAfter().length
  await database.owner.run(`SELECT jobs.add('key-rotation', '{}')`)
  await expect.poll(() => lookedAfter().length, patient).toBe(before + 1)
  const { rotated, deleted } = lookedAfter().at(-1) ?? {}
  return { rotated, deleted }
}

test('it comes every hour', () => {
  expect(createSchedules({ digestTimeZone: 'UTC' })).toContainEqual({
    cron: '47 * * * *',
    queue: 'key-rotation',
  })
})

test('keys are replaced a day and an hour before they are thirty days old, and taken away in the end', async () => {
  expect(await workAfter(28)).toEqual({ rotated: [], deleted: 0 })
  expect(await workAfter(1)).toEqual({ rotated: ['signing'], deleted: 0 })
  expect(await workAfter(0)).toEqual({ rotated: [], deleted: 0 })
  expect(await workAfter(1)).toEqual({ rotated: ['cookie'], deleted: 0 })
  // A day after the next one is used nothing is good any more that the first has signed; a day later it goes.
  expect(await workAfter(1)).toEqual({ rotated: [], deleted: 0 })
  expect(await workAfter(1)).toEqual({ rotated: [], deleted: 1 })
  expect(
    await database.owner.run(
      'SELECT purpose, count(*)::int FROM rotating_keys GROUP BY 1 ORDER BY 1',
    ),
  ).toEqual([
    { purpose: 'cookie', count: 2 },
    { purpose: 'signing', count: 1 },
  ])
})

test('a rotation that does not come is measured for the alert', async () => {
  await workAfter(0)
  const text = async () => String(await worker.services.metrics.meter.read())
  expect(await text()).toContain('rampart_key_overdue_seconds{purpose="signing"} 0')
  now = new Date(now.getTime() + 60 * 24 * 60 * 60 * 1_000)
  await expect
    .poll(text, { timeout: 20_000, interval: 1_000 })
    .toMatch(/rampart_key_overdue_seconds\{purpose="signing"\} [1-9]\d{5,}/)
})
