import type { Identity, Membership } from '@repo/auth'
import { AppError } from '@repo/errors'

/**
 * The membership a caller acts in: the one they ask for (another's looks missing, 404), or their
 * only one. Null when it is not said: with several memberships, or with none.
 */
export function findOrganization(
  { memberships }: Identity,
  asked: string | undefined,
): Membership | null {
  if (asked === undefined) return memberships.length === 1 ? (memberships[0] ?? null) : null
  const wanted = asked.toLowerCase()
  const membership = memberships.find(({ organizationId }) => organizationId === wanted)
  if (!membership) throw new AppError('not_found')
  return membership
}

/** The same, for what cannot be done without one: 400 when it is not said, 403 when there is none. */
export function requireOrganization(identity: Identity, asked: string | undefined): Membership {
  const membership = findOrganization(identity, asked)
  if (membership) return membership
  throw new AppError(identity.memberships.length > 0 ? 'organization_required' : 'forbidden')
}
