/** What the version that still runs cannot take, and what keeps a table from it for as long as the table is large. */
export type Kind = 'contract' | 'locks'

export interface Step {
  readonly kind: Kind
  readonly what: string
}

export const contract = (what: string): readonly Step[] => [{ kind: 'contract', what }]
export const locks = (what: string): readonly Step[] => [{ kind: 'locks', what }]
