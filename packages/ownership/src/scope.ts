import type { RowScope } from '@repo/database'

/** How far an action reaches: the caller's own rows, or any of the organization's; null for not at all. */
export type Reach = 'own' | 'any' | null

export type Operation = 'create' | 'read' | 'update' | 'delete'

/** Whose data a request may touch. It comes from the caller's identity and role, never from input (G08). */
export interface Scope extends RowScope {
  reach(resource: string, operation: Operation): Reach
  /** The caller sees nothing beyond their one organization, not even that they are in another. */
  readonly isConfined?: boolean
  /** What the caller has seen of what they change (If-Match): one that has changed since is refused. */
  readonly unchangedSince?: SeenVersions
}

/** The `updatedAt`s, in milliseconds, that objects of one resource may still have. */
export interface SeenVersions {
  readonly resource: string
  readonly times: readonly Date[]
}
