export type LimitPolicy = {
  readonly limit: number
  readonly windowSeconds: number
  /** Whose calls are counted together: those of an address, or those of a known caller. */
  readonly per: 'address' | 'caller'
  /** The limit of each process alone while Redis is gone: tighter, since replicas do not add up. */
  readonly fallbackLimit: number
}

/** Every rate limit there is. */
export const limits = {
  address: { limit: 1_200, windowSeconds: 60, per: 'address', fallbackLimit: 300 },
  login: { limit: 100, windowSeconds: 60, per: 'address', fallbackLimit: 20 },
  user: { limit: 1_000, windowSeconds: 3_600, per: 'caller', fallbackLimit: 300 },
  read: { limit: 600, windowSeconds: 60, per: 'caller', fallbackLimit: 150 },
  write: { limit: 120, windowSeconds: 60, per: 'caller', fallbackLimit: 30 },
} as const satisfies Readonly<Record<string, LimitPolicy>>

export type LimitName = keyof typeof limits
