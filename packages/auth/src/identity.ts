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
  /** What a custom role is made of; null for a built-in one. */
  readonly permissions: readonly string[] | null
  /** What the organization has booked. */
  readonly plan: string
  /** Its members act in it only after a second factor. */
  readonly requiresSecondFactor: boolean
}

export type Credential = SessionCredential | ApiKeyCredential | AccessTokenCredential

/** A person in a browser. */
export interface SessionCredential {
  readonly kind: 'session'
  /** By which its user names the session; not what the cookie holds. */
  readonly sessionId: string
  /** Whether the log-in was made with a second factor, or with a passkey. */
  readonly secondFactor: boolean
  /** The administrator of the platform who acts as the user; null for the user themselves. */
  readonly impersonatorId: string | null
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

/** A program that a person let act for them, or a service that acts for itself (RFC 9068). */
export interface AccessTokenCredential {
  readonly kind: 'accessToken'
  readonly clientId: string
  /** What its user agreed to; null for a service. */
  readonly grantId: string | null
  /** The most it may do: its scopes. */
  readonly permissions: readonly string[]
  /** Whether it was agreed to after a second factor; a service needs none. */
  readonly secondFactor: boolean
  readonly expiresAt: Date
}

export type SignedIn = Identity<SessionCredential>

/** The person behind a caller: who is impersonating, where somebody is. */
export const personBehind = ({ userId, credential }: Identity): string =>
  (credential.kind === 'session' && credential.impersonatorId) || userId

/** Whether it is a person in a browser, and the user themselves. */
export const isOneself = (identity: Identity | null): identity is SignedIn =>
  isSignedIn(identity) && identity.credential.impersonatorId === null

/** Whether it is a person in a browser. */
export const isSignedIn = (identity: Identity | null): identity is SignedIn =>
  identity?.credential.kind === 'session'
