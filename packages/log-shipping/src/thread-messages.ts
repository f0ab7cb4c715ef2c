import type { ThreadSettings } from './thread-settings.ts'

/** What the thread is started with. */
export interface ThreadData extends ThreadSettings {
  readonly maxWaitingBytes: number
  readonly lingerMs: number
}

/** Lines, each with its end; or that no more will come. */
export type ToThread =
  | { readonly kind: 'lines'; readonly text: string }
  | { readonly kind: 'close' }

export type FromThread =
  /** The text of so many characters is out of the way. */
  | { readonly kind: 'taken'; readonly length: number }
  | {
      readonly kind: 'settled'
      readonly destination: string
      readonly shipped: number
      readonly lost: number
      readonly reason: string | null
    }
  /** A receiver takes nothing, or, without a reason, takes lines again. */
  | { readonly kind: 'trouble'; readonly destination: string; readonly reason: string | null }
  | { readonly kind: 'closed' }
