import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import { createAskIdentity } from './identity-functions.ts'

/** Who belongs to an organization. Each change is decided in the database, under its locks. */
export interface Organizations {
  /** The user becomes its owner; throws `conflict` for one who owns 20 already. */
  create(organization: { readonly userId: string; readonly name: string }): Promise<NewOrganization>
  /** Nobody acts in it from the next request on; throws `precondition_failed` when it has changed since. */
  delete(asker: Asker, unchangedSince: readonly Date[] | null): Promise<void>
  /**
   * Throws `forbidden` where either role stands above the asker's, `conflict` for the last owner, `not_found` for
   * a custom role that the organization does not have.
   */
  changeRole(asker: Asker, member: GivenRole & { readonly userId: string }): Promise<void>
  /** Ends keys and grants of theirs too; throws as `changeRole` does. */
  removeMember(asker: Asker, userId: string): Promise<void>
}

/** A built-in role, or `custom` and which one. */
export interface GivenRole {
  readonly role: string
  readonly roleId: string | null
}

/** Who asks, and by which role they were let in: when it has changed meanwhile, nothing is done. */
export interface Asker {
  readonly userId: string
  readonly organizationId: string
  readonly role: string
}

export interface NewOrganization {
  readonly id: string
  readonly name: string
  readonly plan: string
  readonly requireSecondFactor: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
}

interface OrganizationRow extends Pick<NewOrganization, 'id' | 'name' | 'plan'> {
  readonly require_second_factor: boolean
  readonly created_at: Date
  readonly updated_at: Date
}

export type Outcome =
  | 'done'
  | 'not_found'
  | 'forbidden'
  | 'changed'
  | 'last_owner'
  | 'member'
  | 'full'

const maxOwned = 20

export function createOrganizations(options: {
  readonly database: Database
  readonly clock: () => Date
}): Organizations {
  const { clock } = options
  const ask = createAskIdentity(options.database)
  const change = async (name: string, ...values: readonly unknown[]) =>
    requireDone((await ask<{ readonly outcome: Outcome }>(name, ...values))[0]?.outcome)
  return {
    async create({ userId, name }) {
      const values = [userId, name, clock(), maxOwned]
      const [row] = await ask<OrganizationRow>('create_organization', ...values)
      if (!row) throw new AppError('conflict', { detail: `You own ${maxOwned} organizations.` })
      const { id, plan, require_second_factor, created_at, updated_at } = row
      const times = { createdAt: created_at, updatedAt: updated_at }
      return { id, name: row.name, plan, requireSecondFactor: require_second_factor, ...times }
    },
    delete: ({ userId, role, organizationId }, unchangedSince) =>
      change('delete_organization', userId, role, organizationId, unchangedSince, clock()),
    changeRole: ({ userId, role, organizationId }, member) => {
      const given = [member.userId, member.role, member.roleId]
      return change('change_member_role', userId, role, organizationId, ...given)
    },
    removeMember: ({ userId, role, organizationId }, member) =>
      change('remove_member', userId, role, organizationId, member, clock()),
  }
}

const conflicts: Partial<Record<Outcome, string>> = {
  last_owner: 'An organization keeps an owner: make somebody else its owner first, or delete it.',
  member: 'This person is a member already.',
  full: 'Every seat of the plan is taken, by a member or an open invitation.',
}

/** Throws for everything but `done`. */
export function requireDone(outcome: Outcome | undefined): void {
  if (outcome === 'done') return
  if (outcome === 'forbidden' || outcome === 'not_found') throw new AppError(outcome)
  if (outcome === 'changed') throw new AppError('precondition_failed')
  const detail = outcome && conflicts[outcome]
  throw new AppError(detail ? 'conflict' : 'internal', detail ? { detail } : {})
}
