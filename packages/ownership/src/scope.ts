import type { RowScope } from '@repo/database'

/** How far an action reaches: the caller's own rows, or any of the organization's; null for not at all. */
export type Reach = 'own' | 'any' | null

export type Operation = 'create' | 'read' | 'update' | 'delete'

/** Whose data a request may touch. It comes from the caller's identity and role, never from input (G08). */
export interface Scope extends RowScope {
  reach(resource: string, operation: Operation): Reach
}
