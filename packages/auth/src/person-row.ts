import type { Credential, Identity, Membership } from './identity.ts'

/** What every look-up of a credential answers about its owner. */
export interface PersonRow {
  readonly user_id: string
  readonly email: string
  readonly name: string
  readonly platform_role: string | null
  readonly email_verified: boolean
  readonly memberships: readonly Membership[]
}

/** A person, by the credential that they were found by. */
export const toIdentity = <C extends Credential>(row: PersonRow, credential: C): Identity<C> => ({
  userId: row.user_id,
  email: row.email,
  name: row.name,
  emailVerified: row.email_verified,
  platformRole: row.platform_role,
  memberships: row.memberships,
  credential,
})
