import type { Database } from '@repo/database'
import { brokenLinks, type SealRow } from './audit-chain.ts'
import { checkMonth } from './check-month.ts'

/** What is not as it was sealed. */
export interface AuditFinding {
  /** Of which partition, such as `audit.events_2026_11`. */
  readonly partition: string
  readonly firstId: string
  readonly lastId: string
  readonly problem: 'changed' | 'removed' | 'added' | 'unsealed' | 'broken chain'
}

export interface AuditVerdict {
  readonly findings: readonly AuditFinding[]
  readonly events: number
  readonly seals: number
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
  SELECT number::text, kind, month::text, first_id::text AS "firstId", last_id::text AS "lastId", events, digest,
         previous, hash, (extract(epoch FROM sealed_at) * 1000)::bigint::text AS "sealedMs"
    FROM audit_seals ORDER BY audit_seals.number`

const months = `
  SELECT DISTINCT date_trunc('month', time AT TIME ZONE 'UTC')::date::text AS month FROM audit_events ORDER BY 1`

/** Checks the chain by itself, with nothing of the database but the rows; for a role that may read them. */
export function createAuditVerifier(database: Pick<Database, 'query'>): AuditVerifier {
  return {
    async verify({ since, knownHead } = {}) {
      const seals = await database.query<SealRow & Record<string, unknown>>({
        ...{ name: 'audit_chain', text: chain, values: [] },
      })
      const found = await database.query<{ month: string }>({
        ...{ name: 'audit_months', text: months, values: [] },
      })
      const from = since ? since.toISOString().slice(0, 7) : ''
      const wanted = [...new Set([...found, ...seals].map(({ month }) => month))]
        .filter((month) => month.slice(0, 7) >= from)
        .toSorted()
      const findings = [...brokenLinks(seals), ...lostHead(seals, knownHead)]
      let events = 0
      for (const month of wanted) {
        const checked = await checkMonth(database, month, seals)
        findings.push(...checked.findings)
        events += checked.events
      }
      return { findings, events, seals: seals.length, head: seals.at(-1)?.hash ?? null }
    },
  }
}

function lostHead(seals: readonly SealRow[], known: string | undefined): AuditFinding[] {
  if (known === undefined || seals.some(({ hash }) => hash === known)) return []
  return [{ partition: 'audit_seals', firstId: '0', lastId: '0', problem: 'broken chain' }]
}
