import { addJob } from '@repo/jobs'
import type { Rotation } from './open-rotation.ts'
import type { Options, Said } from './rotate-by-hand.ts'

/** An end within some days for every API key; their owners are told by mail, and rotate them by one call. */
export async function* endApiKeys({ database }: Rotation, { days, organization }: Options): Said {
  const end = new Date(Date.now() + days * 24 * 60 * 60 * 1_000)
  const [row] = await database.query<{ ended: number }>({
    name: 'jobs_end_api_keys',
    text: 'SELECT jobs.end_api_keys($1, $2) AS ended',
    values: [end, organization],
  })
  await addJob(
    { query: (text, values = []) => database.query({ name: 'add_job', text, values }) },
    { queue: 'key-expiry', data: {} },
  )
  yield `${row?.ended ?? 0} API keys end by ${end.toISOString()}; their owners are told.`
}
