import { createTestDatabase, openSql, type Sql } from '@repo/testing'
import { print, printTable } from './print-table.ts'
import { readNumber } from './read-number.ts'
import { quantile } from './statistics.ts'

const months = [3, 13, 37, 121]
const organizations = 100
const samples = 200

/** `[events of each month]`: what the audit log costs as its months grow in number, each as full as the others. */
async function measurePartitions(each: number): Promise<void> {
  const database = await createTestDatabase()
  const owner = openSql(database.ownerUrl)
  const platform = openSql(database.platformUrl)
  try {
    const rows: string[][] = []
    let made = 0
    for (const wanted of months) {
      await owner.run(
        'SELECT audit.add_month(month::date) FROM generate_series($1::date, $2::date, $3) month',
        [...[monthOf(wanted - 1), monthOf(made), '1 month']],
      )
      await fill(owner, { from: made, to: wanted, each })
      made = wanted
      rows.push(await measure({ owner, platform, wanted, each }))
    }
    print(`${organizations} organizations, ${each} events a month; medians of ${samples}, ms`)
    printTable([
      [
        'months',
        'events',
        'one more',
        '20 more',
        'newest 50 of one',
        'newest 50 of one, last month',
        'newest 50 of all',
      ],
      ...rows,
    ])
  } finally {
    await Promise.all([owner.close(), platform.close()])
    await database.drop()
  }
}

/** Back from the one that the measure ends in. */
const monthOf = (index: number) => new Date(Date.UTC(2045, -index, 1)).toISOString().slice(0, 10)

const organization = (index: number) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`

const insert = `INSERT INTO audit_events (time, organization_id, action, outcome, request_id)`

interface Part {
  readonly from: number
  readonly to: number
  readonly each: number
}

async function fill(owner: Sql, { from, to, each }: Part): Promise<void> {
  for (let index = from; index < to; index += 1) {
    await owner.run(
      `${insert} SELECT $1::timestamptz + event * interval '1 second',
         ('00000000-0000-7000-8000-' || lpad((event % $3)::text, 12, '0'))::uuid, 'orders.create', 'success', 'r'
       FROM generate_series(1, $2::int) event`,
      [`${monthOf(index)}Z`, each, organizations],
    )
  }
  await owner.run('ANALYZE audit_events')
}

interface Measured {
  readonly owner: Sql
  readonly platform: Sql
  readonly wanted: number
  readonly each: number
}

async function measure({ owner, platform, wanted, each }: Measured): Promise<string[]> {
  const add = (count: number) => (index: number) =>
    owner.run(
      `${insert} SELECT '2045-01-20Z', $1::uuid, 'orders.create', 'success', 'r' FROM generate_series(1, ${count})`,
      [organization(index % organizations)],
    )
  const page = (of: (index: number) => string | null, since: string | null) => (index: number) =>
    platform.run(
      'SELECT id FROM platform.list_audit_events(NULL, $1, NULL, NULL, NULL, $2, NULL, NULL, 50)',
      [of(index), since],
    )
  const one = (index: number) => organization(index % organizations)
  const medians = [
    await medianOf(add(1)),
    await medianOf(add(20)),
    await medianOf(page(one, null)),
    await medianOf(page(one, '2045-01-01Z')),
    await medianOf(page(() => null, null)),
  ]
  return [String(wanted), String(wanted * each), ...medians.map((median) => median.toFixed(2))]
}

async function medianOf(task: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let index = -20; index < samples; index += 1) {
    const began = performance.now()
    await task(Math.abs(index))
    if (index >= 0) times.push(performance.now() - began)
  }
  return quantile(times, 0.5)
}

await measurePartitions(readNumber(0, 'The number of events a month', 5_000))
