import type { AuditEntry, OrganizationAuditSearch } from '@repo/audit'
import type { SignedIn } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { Grants } from '@repo/rbac'
import type { Services } from './services.ts'

/** What happened in the organization a person acts in; another one than that looks missing. */
export interface AuditTrail {
  /** The newest first. */
  list(
    organizationId: string,
    page: Omit<OrganizationAuditSearch, 'byUser' | 'organizationId'>,
  ): Promise<readonly AuditEntry[]>
  /** Throws for another organization. */
  requireOwn(organizationId: string): void
}

interface Tenant {
  readonly organizationId: string
  readonly grants: Grants
}

/** Throws `forbidden` for who may see their own doings alone: the log is of everybody's. */
export function openAuditTrail(
  { userId: byUser }: SignedIn,
  { organizationId: own, grants }: Tenant,
  { auditTrail }: Services,
): AuditTrail {
  if (grants.reach('auditEvent:read') !== 'any') throw new AppError('forbidden')
  const requireOwn = (organizationId: string) => {
    if (organizationId !== own) throw new AppError('not_found')
  }
  return {
    async list(organizationId, page) {
      requireOwn(organizationId)
      return auditTrail.list({ byUser, organizationId, ...page })
    },
    requireOwn,
  }
}
