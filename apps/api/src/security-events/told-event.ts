import type { SecurityEventName } from '@repo/logging'

/** The event that the log tells of, or why it tells none. */
export type ToldEvent = SecurityEventName | { readonly none: string }

export const isTold = (event: ToldEvent | undefined): event is SecurityEventName =>
  typeof event === 'string'
