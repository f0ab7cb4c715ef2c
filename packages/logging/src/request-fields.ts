/** What the line of one request holds (G24): who, from where, what, and how it ended. */
export interface RequestFields {
  readonly requestId: string
  /** The W3C trace it belongs to; null for what was no request. */
  readonly traceId: string | null
  /** Null for what was no request. */
  readonly method: string | null
  /** The route's template, never the URL with its values; null when no route matched. */
  readonly route: string | null
  /** The tRPC procedures that were called; a batch calls several. */
  readonly procedures?: readonly string[]
  /** 499 when the caller went away before the answer. */
  readonly status: number
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
  /** Of the body, as it came and as it was written; its encoding in chunks is not counted. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** What Node found wrong with what was no request. */
  readonly broken?: string
}
