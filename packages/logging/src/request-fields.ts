/** What the line of one request holds (G24): who, from where, what, and how it ended. */
export interface RequestFields {
  readonly requestId: string
  readonly method: string
  /** The route's template, never the URL with its values; null when no route matched. */
  readonly route: string | null
  /** The tRPC procedures that were called; a batch calls several. */
  readonly procedures?: readonly string[]
  readonly status: number
  /** Null when the caller went away before the answer. */
  readonly durationMs: number | null
  readonly address: string
  readonly userId: string | null
  /** Who acts as the user, where it is not themselves. */
  readonly impersonatorId?: string
  /** The API key by which the user is known, where it is one. */
  readonly keyId?: string
  /** Of OAuth, where a program acts. */
  readonly clientId?: string
  readonly organizationId: string | null
  readonly bytesIn?: number
  readonly bytesOut?: number
}
