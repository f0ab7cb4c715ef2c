/** Somebody as another provider knows them. */
export interface ExternalPerson {
  /** With the subject, who it is: neither changes when a name or an address does. */
  readonly issuer: string
  readonly subject: string
  /** In lower case; null where there is none, or none of our form. */
  readonly email: string | null
  /** The provider answers for the address being theirs. */
  readonly emailVerified: boolean
  readonly name: string | null
}

export type Claims = Readonly<Record<string, unknown>>
