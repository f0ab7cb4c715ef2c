import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import type { AccountMails } from './account-mails.ts'
import { createAskIdentity } from './identity-functions.ts'
import { invalidLink } from './invalid-link.ts'
import { type Asker, type GivenRole, type Outcome, requireDone } from './organizations.ts'
import { generateToken, hashToken, isWellFormedToken } from './tokens.ts'

const linkSeconds = 7 * 24 * 60 * 60

export interface Invitations {
  /**
   * Mails a link to the address, in the place of an earlier one. Throws `forbidden` for a role above the
   * asker's, `not_found` for a custom role that the organization does not have, `conflict` for a member and where
   * no seat is free.
   */
  create(asker: Asker, offer: Offer): Promise<NewInvitation>
  /**
   * The user becomes a member. Throws `invalid_link` for a link that is used, revoked, expired or made up, or
   * went to another address; `conflict` for a member and where no seat is free.
   */
  accept(userId: string, token: string): Promise<Accepted>
}

export interface Offer extends GivenRole {
  readonly email: string
}

export interface NewInvitation extends Offer {
  readonly id: string
  /** Who made it. */
  readonly userId: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface Accepted extends GivenRole {
  readonly organizationId: string
}

interface CreatedRow {
  readonly outcome: Outcome
  readonly invitation_id: string
}

interface AcceptedRow {
  readonly outcome: Outcome
  readonly organization_id: string
  readonly role: string
  readonly custom_role_id: string | null
}

/** Invitations by mail: bound to their address, good once, for a week; of each link only the hash is kept. */
export function createInvitations(options: {
  readonly database: Database
  readonly clock: () => Date
  readonly mails: AccountMails
  /** How many seats each plan has. */
  readonly seats: Readonly<Record<string, number>>
}): Invitations {
  const { clock, mails } = options
  const ask = createAskIdentity(options.database)
  const seats = JSON.stringify(options.seats)
  return {
    async create({ userId, role, organizationId }, { email, role: given, roleId }) {
      const [token, createdAt] = [generateToken(), clock()]
      const expiresAt = new Date(createdAt.getTime() + linkSeconds * 1_000)
      const offer = [email, given, roleId, hashToken(token), seats, createdAt, expiresAt]
      const values = [userId, role, organizationId, ...offer]
      const [row] = await ask<CreatedRow>('create_invitation', ...values)
      requireDone(row?.outcome)
      if (!row) throw new AppError('internal')
      await mails.invite(email, token)
      const invitation = { id: row.invitation_id, userId, email, role: given, roleId }
      return { ...invitation, createdAt, expiresAt }
    },
    async accept(userId, token) {
      if (!isWellFormedToken(token)) throw invalidLink()
      const values = [userId, hashToken(token), seats, clock()]
      const [row] = await ask<AcceptedRow>('accept_invitation', ...values)
      if (!row) throw invalidLink()
      requireDone(row.outcome)
      const { organization_id, role, custom_role_id } = row
      return { organizationId: organization_id, role, roleId: custom_role_id }
    },
  }
}
