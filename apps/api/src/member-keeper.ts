import type { Membership, NewInvitation, SignedIn } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { ScopedDatabase } from '@repo/ownership'
import type { Grants } from '@repo/rbac'
import type { Guards } from './context.ts'
import { findMembers, type Member } from './find-members.ts'
import { type RoleChoice, toGivenRole } from './given-role.ts'

/** Who belongs to the organization a person acts in; another one than that looks missing to each of these. */
export interface MemberKeeper {
  /** Those the person may see, in the order of their users' ids. */
  list(
    organizationId: string,
    page: { readonly after: string | undefined; readonly take: number },
  ): Promise<readonly Member[]>
  changeRole(
    organizationId: string,
    change: RoleChoice & { readonly userId: string },
  ): Promise<Member>
  /** Somebody else where the person may, or themselves. */
  remove(organizationId: string, member: { readonly userId: string }): Promise<void>
  leave(organizationId: string): Promise<void>
  invite(
    organizationId: string,
    offer: RoleChoice & { readonly email: string },
  ): Promise<NewInvitation>
  deleteOrganization(organizationId: string): Promise<void>
}

interface Tenant {
  readonly membership: Membership
  readonly grants: Grants
  readonly db: ScopedDatabase
}

export function openMemberKeeper(
  { userId }: SignedIn,
  { membership, grants, db }: Tenant,
  { services, unchangedSince }: Guards,
): MemberKeeper {
  const { organizations, invitations } = services
  const { organizationId: own, role } = membership
  const asker = { userId, organizationId: own, role }
  const requireOwn = (organizationId: string) => {
    if (organizationId !== own) throw new AppError('not_found')
  }
  /** A membership has no tag, so that none can match. */
  const refuseTags = () => {
    if (unchangedSince) throw new AppError('precondition_failed')
  }
  return {
    async list(organizationId, { after, take }) {
      requireOwn(organizationId)
      return findMembers(db, { userId: after === undefined ? {} : { gt: after } }, take)
    },
    async changeRole(organizationId, change) {
      requireOwn(organizationId)
      refuseTags()
      await organizations.changeRole(asker, { userId: change.userId, ...toGivenRole(change) })
      const [changed] = await findMembers(db, { userId: change.userId }, 1)
      // Removed by somebody else since.
      if (!changed) throw new AppError('not_found')
      return changed
    },
    async remove(organizationId, member) {
      requireOwn(organizationId)
      refuseTags()
      const isOthers = member.userId !== userId && grants.reach('membership:delete') !== 'any'
      if (isOthers) throw new AppError('not_found')
      await organizations.removeMember(asker, member.userId)
    },
    async leave(organizationId) {
      requireOwn(organizationId)
      await organizations.removeMember(asker, userId)
    },
    async invite(organizationId, offer) {
      requireOwn(organizationId)
      return invitations.create(asker, { email: offer.email, ...toGivenRole(offer) })
    },
    async deleteOrganization(organizationId) {
      requireOwn(organizationId)
      await organizations.delete(asker, unchangedSince)
    },
  }
}
