import { createHash } from 'node:crypto'
import type { Database } from '@repo/database'
import { placeOf, type SealRow } from './audit-chain.ts'
import type { AuditFinding } from './audit-verifier.ts'

// The same spelling as `audit.canonical` in the database, which seals by it.
const page = `
  SELECT id::text, jsonb_build_array(id, (extract(epoch FROM time) * 1000)::bigint, organization_id, actor,
           on_behalf_of, action, target, outcome, code, address, request_id, before, after)::text AS line
    FROM audit_events e
   WHERE time >= $1::date::timestamp AT TIME ZONE 'UTC'
     AND time < ($1::date + interval '1 month')::timestamp AT TIME ZONE 'UTC'
     AND e.id > $2::bigint AND e.id <= $3::bigint
   ORDER BY e.id LIMIT $4`

const pageSize = 1_000

interface Event {
  readonly id: string
  readonly line: string
}

/** Compares the events of a month with its seals, in pages: each event stands in one seal, as it was sealed. */
export async function checkMonth(
  database: Pick<Database, 'query'>,
  month: string,
  seals: readonly SealRow[],
): Promise<{ readonly findings: readonly AuditFinding[]; readonly events: number }> {
  const findings: AuditFinding[] = []
  const open = openSeals(month, seals).map(tallyOf)
  let events = 0
  let at = 0
  for await (const event of readEvents(database, month, seals)) {
    events += 1
    while (isPast(open[at], event)) at += 1
    const tally = open[at]
    if (tally && BigInt(event.id) >= BigInt(tally.seal.firstId)) tally.add(event)
    else findings.push(added(month, event))
  }
  return { findings: [...findings, ...open.flatMap((tally) => tally.finding())], events }
}

/** Those whose events are still there: of a month that was dropped only what came after. */
function openSeals(month: string, seals: readonly SealRow[]): readonly SealRow[] {
  const own = seals.filter((seal) => seal.month === month)
  return own.slice(own.findLastIndex(({ kind }) => kind === 'dropped') + 1)
}

async function* readEvents(
  database: Pick<Database, 'query'>,
  month: string,
  seals: readonly SealRow[],
): AsyncGenerator<Event> {
  // What came after the last seal is for the next one.
  const sealed = seals.reduce(
    (last, { lastId }) => (BigInt(lastId) > last ? BigInt(lastId) : last),
    0n,
  )
  for (let after = '0'; ; ) {
    const values = [month, after, String(sealed), pageSize]
    const events = await database.query<Event & Record<string, unknown>>({
      ...{ name: 'audit_month', text: page, values },
    })
    yield* events
    const last = events.at(-1)
    if (!last || events.length < pageSize) return
    after = last.id
  }
}

const isPast = (tally: Tally | undefined, { id }: Event): boolean =>
  tally !== undefined && BigInt(id) > BigInt(tally.seal.lastId)

type Tally = ReturnType<typeof tallyOf>

/** What the events in the range of a seal amount to. */
function tallyOf(seal: SealRow) {
  const digest = createHash('sha256')
  let count = 0
  return {
    seal,
    add({ line }: Event) {
      digest.update(count === 0 ? line : `\n${line}`)
      count += 1
    },
    finding(): readonly AuditFinding[] {
      const place = placeOf(seal)
      if (count < seal.events) return [{ ...place, problem: 'removed' }]
      if (count > seal.events) return [{ ...place, problem: 'added' }]
      return digest.digest('hex') === seal.digest ? [] : [{ ...place, problem: 'changed' }]
    },
  }
}

const added = (month: string, { id }: Event): AuditFinding => ({
  ...placeOf({ month, firstId: id, lastId: id }),
  problem: 'added',
})
