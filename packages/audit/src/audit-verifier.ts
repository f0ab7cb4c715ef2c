import type { Database } from '@repo/database'
import { brokenLinks, placeOf, type SealRow } from './audit-chain.ts'
import { checkMonth } from './check-month.ts'

/** What is not as it was sealed. */
export interface AuditFinding {
  /** Of which partition, such as `audit.events_2026_11`. */
  readonly partition: string
  readonly firstId: string
  readonly lastId: string
  readonly problem: 'changed' | 'removed' | 'added' | 'unsealed' | 'broken chain' | 'dropped early'
}

export interface AuditVerdict {
  readonly findings: readonly AuditFinding[]
  readonly events: number
  readonly seals: number
  /** How many events came after the last seal: nothing is known of those yet. */
  readonly unsealed: number
  /** The last hash of the chain; null where nothing is sealed yet. */
  readonly head: string | null
}

export interface AuditVerifier {
  /**
   * Reads the whole chain, and the events of the months from `since` on. Whoever can write to the tables as their
   * owner can write a whole new chain too: `knownHead`, a hash kept elsewhere, has to be in it.
   */
  verify(options?: { readonly since?: Date; readonly knownHead?: string }): Promise<AuditVerdict>
}

const chain = `
  SELECT number::text, kind, month::text, first_id::text AS "firstId", last_id::text AS "lastId",
         kept_from::text AS "keptFrom", events, digest, previous, hash,
         (extract(epoch FROM sealed_at) * 1000)::bigint::text AS "sealedMs"
    FROM audit_seals ORDER BY audit_seals.number`

// Of each month what came after the last seal, and whether that is longer ago than a seal is waited for.
const months = `
  SELECT date_trunc('month', time AT TIME ZONE 'UTC')::date::text AS month,
         count(*) FILTER (WHERE id > $1)::int AS unsealed, bool_or(id > $1 AND time < $2) AS late,
         (min(id) FILTER (WHERE id > $1))::text AS "firstId", (max(id) FILTER (WHERE id > $1))::text AS "lastId"
    FROM audit_events GROUP BY 1`

interface Month {
  readonly month: string
  readonly unsealed: number
  readonly late: boolean
  readonly firstId: string
  readonly lastId: string
}

const sealedWithinMs = 60 * 60_000

/** Checks the chain by itself, with nothing of the database but the rows; for a role that may read them. */
export function createAuditVerifier(
  database: Pick<Database, 'query'>,
  clock = () => new Date(),
): AuditVerifier {
  const ask = <Row>(name: string, text: string, ...values: readonly unknown[]) =>
    database.query<Row & Record<string, unknown>>({ name, text, values })
  return {
    async verify({ since, knownHead } = {}) {
      const seals = await ask<SealRow>('audit_chain', chain)
      const waitedFor = new Date(clock().getTime() - sealedWithinMs)
      const found = await ask<Month>('audit_months', months, seals.at(-1)?.lastId ?? 0, waitedFor)
      const from = since ? since.toISOString().slice(0, 7) : ''
      const wanted = [...new Set([...found, ...seals].map(({ month }) => month))]
        .filter((month) => month.slice(0, 7) >= from)
        .toSorted()
      const findings = [...brokenLinks(seals), ...lostHead(seals, knownHead), ...lateMonths(found)]
      let events = 0
      for (const month of wanted) {
        const checked = await checkMonth(database, month, seals)
        findings.push(...checked.findings)
        events += checked.events
      }
      const unsealed = found.reduce((sum, month) => sum + month.unsealed, 0)
      return { findings, events, unsealed, seals: seals.length, head: seals.at(-1)?.hash ?? null }
    },
  }
}

const lateMonths = (found: readonly Month[]): AuditFinding[] =>
  found
    .filter(({ late }) => late)
    .map((month) => ({ ...placeOf(month), problem: 'unsealed' as const }))

function lostHead(seals: readonly SealRow[], known: string | undefined): AuditFinding[] {
  if (known === undefined || seals.some(({ hash }) => hash === known)) return []
  return [{ partition: 'audit_seals', firstId: '0', lastId: '0', problem: 'broken chain' }]
}
