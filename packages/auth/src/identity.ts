/** Who is calling, as the database knows them now; read anew for every request (G07). */
export interface Identity<C extends Credential = Credential> {
  readonly userId: string
  readonly email: string
  readonly name: string
  readonly emailVerified: boolean
  readonly platformRole: string | null
  readonly memberships: readonly Membership[]
  /** By what they are known. */
  readonly credential: C
}

export interface Membership {
  readonly organizationId: string
  readonly role: string
  /** Its members act in it only after a second factor. */
  readonly requiresSecondFactor: boolean
}

export type Credential = SessionCredential | ApiKeyCredential

/** A person in a browser. */
export interface SessionCredential {
  readonly kind: 'session'
  /** By which its user names the session; not what the cookie holds. */
  readonly sessionId: string
  /** Whether the log-in was made with a second factor, or with a passkey. */
  readonly secondFactor: boolean
  readonly authenticatedAt: Date
  readonly expiresAt: Date
}

/** A program that acts for its owner in one organization. */
export interface ApiKeyCredential {
  readonly kind: 'apiKey'
  readonly keyId: string
  /** The most it may do; what its owner may do now bounds it too. */
  readonly permissions: readonly string[]
  /** Whether its owner has a second factor. */
  readonly secondFactor: boolean
  readonly expiresAt: Date
}

export type SignedIn = Identity<SessionCredential>
