/** What one look found: all is well, something is missing that is not needed, or something is in the way. */
export interface Finding {
  readonly kind: 'well' | 'note' | 'problem'
  readonly what: string
  /** What to do about it; of what is well there is nothing. */
  readonly wayOut?: string
}

export const well = (what: string): Finding => ({ kind: 'well', what })
export const note = (what: string, wayOut: string): Finding => ({ kind: 'note', what, wayOut })
export const problem = (what: string, wayOut: string): Finding => ({
  kind: 'problem',
  what,
  wayOut,
})

/** Whose environment is looked at. */
export type Variables = Readonly<Record<string, string | undefined>>
