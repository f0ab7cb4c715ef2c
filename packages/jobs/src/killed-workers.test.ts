import { fileURLToPath } from 'node:url'
import { type NodeProcess, startNode } from '@repo/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useJobs } from '../test/use-jobs.ts'

vi.setConfig({ testTimeout: 120_000 })
const patient = { timeout: 90_000 }
const jobs = useJobs()
let killable: NodeProcess

const main = fileURLToPath(new URL('../test/hanging-worker.ts', import.meta.url))

beforeEach(async () => {
  await jobs.owner.run('CREATE TABLE effects (job_id uuid, by text)')
  await jobs.owner.run('GRANT SELECT, INSERT ON effects TO rampart_worker')
  killable = startNode([main, jobs.urls.workerUrl], {})
  await killable.untilPrinted('ready')
})

afterEach(async () => {
  killable.child.kill('SIGKILL')
  await jobs.owner.run('DROP TABLE effects')
})

async function kill(): Promise<void> {
  killable.child.kill('SIGKILL')
  await killable.ended
}

test('a delivery whose worker is killed is made again, under the same id', async () => {
  const id = await jobs.add('mail', {})
  await killable.untilPrinted(`delivered ${id}`)
  await kill()
  const delivered: unknown[] = []
  await jobs.start({
    handlers: [{ queue: 'mail', run: async (job) => void delivered.push(job.id) }],
  })
  await expect.poll(() => delivered, patient).toEqual([id])
})

test('what a killed worker wrote is undone with its transaction, and written once by the next', async () => {
  const id = await jobs.add('clean-up', {})
  await killable.untilPrinted(`written ${id}`)
  await kill()
  await jobs.start({
    handlers: [
      {
        queue: 'clean-up',
        async runInTransaction(job, transaction) {
          await transaction.query(`INSERT INTO effects VALUES ($1, 'next')`, [job.id])
        },
      },
    ],
  })
  await expect.poll(() => jobs.jobs('clean-up'), patient).toMatchObject([{ state: 'completed' }])
  expect(await jobs.owner.run('SELECT * FROM effects')).toEqual([{ job_id: id, by: 'next' }])
})
