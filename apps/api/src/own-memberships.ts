import type { Accepted, NewOrganization, SignedIn } from '@repo/auth'
import type { Services } from './services.ts'

/** How a person comes to belong to an organization; in none of theirs yet, so that it needs no tenant. */
export interface OwnMemberships {
  createOrganization(name: string): Promise<NewOrganization>
  acceptInvitation(token: string): Promise<Accepted>
}

export function openOwnMemberships({ userId }: SignedIn, services: Services): OwnMemberships {
  const { organizations, invitations } = services
  return {
    createOrganization: (name) => organizations.create({ userId, name }),
    acceptInvitation: (token) => invitations.accept(userId, token),
  }
}
