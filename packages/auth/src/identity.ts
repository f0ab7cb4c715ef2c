/** Who is calling, as the database knows them now; read anew for every request (G07). */
export interface Identity {
  readonly userId: string
  readonly email: string
  readonly name: string
  readonly emailVerified: boolean
  readonly platformRole: string | null
  readonly memberships: readonly Membership[]
  readonly authenticatedAt: Date
  readonly expiresAt: Date
}

export interface Membership {
  readonly organizationId: string
  readonly role: string
}
