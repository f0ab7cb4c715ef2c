import type { Database } from '@repo/database'
import type { AuditEvent } from './audit-event.ts'

/** An event as it is read: `id` counts up with time, and of an erased person the pseudonym is left. */
export interface AuditEntry extends Required<AuditEvent> {
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

const columns = `
  id::text, time, organization_id AS "organizationId", actor, on_behalf_of AS "onBehalfOf", action, target, outcome,
  code, address, request_id AS "requestId", before, after`

const page = `SELECT ${columns} FROM platform.list_audit_events($1, $2, $3, $4, $5, $6, $7, $8, $9) e`

/** Reads the audit log of all tenants, by a role that may: the platform's. */
export const createAuditReader = (platform: Pick<Database, 'query'>): AuditReader => ({
  list({ person, organizationId, action, target, outcome, since, until, before, limit }) {
    const wanted = [person, organizationId, action, target, outcome, since, until, before]
    const values = [...wanted.map((value) => value ?? null), limit]
    return platform.query<AuditEntry & Record<string, unknown>>({
      ...{ name: 'audit_events_page', text: page, values },
    })
  },
})

/** What is looked for in the log of one organization, and who looks: a member, or there is nothing. */
export interface OrganizationAuditSearch
  extends Pick<AuditSearch, 'since' | 'until' | 'before' | 'limit'> {
  readonly byUser: string
  readonly organizationId: string
}

export interface OrganizationAuditReader {
  /** The newest first. */
  list(search: OrganizationAuditSearch): Promise<readonly AuditEntry[]>
}

const ownPage = `SELECT ${columns} FROM identity.list_audit_events($1, $2, $3, $4, $5, $6) e`

/** Reads the audit log of one organization, by the role that serves. */
export const createOrganizationAuditReader = (
  database: Pick<Database, 'query'>,
): OrganizationAuditReader => ({
  list({ byUser, organizationId, since, until, before, limit }) {
    const bounds = [since, until, before].map((value) => value ?? null)
    return database.query<AuditEntry & Record<string, unknown>>({
      ...{ name: 'organization_audit_page', text: ownPage },
      values: [byUser, organizationId, ...bounds, limit],
    })
  },
})
