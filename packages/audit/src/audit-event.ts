/** Who did what to which object, and how it ended: success, denied (refused), failed (broke). */
export interface AuditEvent {
  readonly time: Date
  readonly organizationId: string | null
  readonly actor: string | null
  readonly action: string
  readonly target: string | null
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly code: string | null
  readonly address: string | null
  readonly requestId: string
}
