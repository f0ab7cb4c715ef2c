import type { Database } from '@repo/database'
import type { AuditEvent } from './audit-event.ts'

/** An event as it is read: `id` counts up with time. */
export interface AuditEntry extends Required<Omit<AuditEvent, 'requestId'>> {
  readonly id: string
}

/** What is looked for; what is left out matches every event. */
export interface AuditSearch {
  /** Who did it, as whom, or to whom. */
  readonly person?: string | undefined
  readonly organizationId?: string | undefined
  /** The whole name, such as `orders.delete`. */
  readonly action?: string | undefined
  readonly target?: string | undefined
  readonly outcome?: AuditEvent['outcome'] | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  /** The id of the last event seen; the next are older. */
  readonly before?: string | undefined
  readonly limit: number
}

export interface AuditReader {
  /** The newest first. */
  list(search: AuditSearch): Promise<readonly AuditEntry[]>
}

const page = `
  SELECT id::text, time, organization_id AS "organizationId", actor, on_behalf_of AS "onBehalfOf", action,
         target, outcome::text, code, address, before, after
    FROM audit_events e
   WHERE ($1::uuid IS NULL OR actor = $1 OR on_behalf_of = $1 OR target = $1::text)
     AND ($2::uuid IS NULL OR organization_id = $2) AND ($3::text IS NULL OR action = $3)
     AND ($4::text IS NULL OR target = $4) AND ($5::text IS NULL OR outcome = $5::"AuditOutcome")
     AND ($6::timestamptz IS NULL OR time >= $6) AND ($7::timestamptz IS NULL OR time < $7)
     AND ($8::bigint IS NULL OR e.id < $8)
   ORDER BY e.id DESC LIMIT $9`

/** Reads the audit log of all tenants, by a role that may: the platform's. */
export const createAuditReader = (platform: Database): AuditReader => ({
  list({ person, organizationId, action, target, outcome, since, until, before, limit }) {
    const wanted = [person, organizationId, action, target, outcome, since, until, before]
    const values = [...wanted.map((value) => value ?? null), limit]
    return platform.query<AuditEntry & Record<string, unknown>>({
      name: 'audit_events_page',
      text: page,
      values,
    })
  },
})
