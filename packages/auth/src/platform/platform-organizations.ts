import { createAskPlatform } from '../identity-functions.ts'
import { type ChangeRow, type PlatformChange, requireChange, toChange } from './platform-change.ts'
import type { PlatformOptions, PlatformPage } from './platform-users.ts'

/** An organization, as the platform sees it: nothing of what its members keep in it. */
export interface PlatformOrganization {
  readonly id: string
  readonly name: string
  readonly plan: string
  readonly requireSecondFactor: boolean
  /** People; a service takes no seat. */
  readonly members: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt: Date | null
}

export interface PlatformOrganizationChange {
  readonly plan?: string
  /** Brings one back that was deleted in the last 30 days. */
  readonly restored?: true
}

export interface PlatformOrganizations {
  /** At most `limit`, after the one of this id; `search` is a part of the name. */
  list(page: PlatformPage): Promise<readonly PlatformOrganization[]>
  /** Throws `not_found`, and `conflict` for one that cannot come back: it is too late, or it has no owner. */
  update(adminId: string, id: string, change: PlatformOrganizationChange): Promise<PlatformChange>
}

interface OrganizationRow extends Pick<PlatformOrganization, 'id' | 'name' | 'plan' | 'members'> {
  readonly require_second_factor: boolean
  readonly created_at: Date
  readonly updated_at: Date
  readonly deleted_at: Date | null
}

// In the case of Unicode, whatever locale the database was made with.
const page = `
  SELECT * FROM platform.organizations o
   WHERE ($1::text IS NULL OR strpos(lower(o.name COLLATE pg_c_utf8), lower($1 COLLATE pg_c_utf8)) > 0)
     AND ($2::uuid IS NULL OR o.id > $2)
   ORDER BY o.id LIMIT $3`

export function createPlatformOrganizations({
  platform,
  clock,
}: Pick<PlatformOptions, 'platform' | 'clock'>): PlatformOrganizations {
  const ask = createAskPlatform(platform)
  return {
    async list({ search, after, limit }) {
      const values = [search ?? null, after ?? null, limit]
      const question = { name: 'platform_organizations', text: page, values }
      return (await platform.query<OrganizationRow & Record<string, unknown>>(question)).map(
        toEntry,
      )
    },
    async update(adminId, id, { plan = null, restored = false }) {
      const values = [adminId, id, plan, restored, clock()]
      return toChange(requireChange(await ask<ChangeRow>('update_organization', ...values)))
    },
  }
}

const toEntry = (row: OrganizationRow): PlatformOrganization => ({
  id: row.id,
  name: row.name,
  plan: row.plan,
  requireSecondFactor: row.require_second_factor,
  members: row.members,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  deletedAt: row.deleted_at,
})
