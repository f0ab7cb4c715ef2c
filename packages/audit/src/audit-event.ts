export type AuditState = Readonly<
  Record<string, string | number | boolean | readonly string[] | null>
>

/** Who did what to which object, and how it ended: success, denied (refused), failed (broke). */
export interface AuditEvent {
  readonly time: Date
  readonly organizationId: string | null
  /** The person who did it. */
  readonly actor: string | null
  /** As whom, where it was not themselves. */
  readonly onBehalfOf?: string | null
  readonly action: string
  readonly target: string | null
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly code: string | null
  readonly address: string | null
  readonly requestId: string
  /** What an administrator changed: what it was, and what it became. */
  readonly before?: AuditState | null
  readonly after?: AuditState | null
}
