export type LimitPolicy = {
  readonly limit: number
  readonly windowSeconds: number
  /** What is counted together: the calls of an address or of a known caller, or mails to a recipient. */
  readonly per: 'address' | 'caller' | 'recipient'
  /** The limit of each process alone while Redis is gone: tighter, since replicas do not add up. */
  readonly fallbackLimit: number
}

/** Every rate limit there is. */
export const limits = {
  address: { limit: 1_200, windowSeconds: 60, per: 'address', fallbackLimit: 300 },
  login: { limit: 100, windowSeconds: 60, per: 'address', fallbackLimit: 20 },
  // Each may cost the hash of a password and a mail; the mails to one recipient are counted below.
  registration: { limit: 20, windowSeconds: 3_600, per: 'address', fallbackLimit: 5 },
  passwordReset: { limit: 50, windowSeconds: 3_600, per: 'address', fallbackLimit: 10 },
  // The tenth of five minutes is one too many: it closes the address (G31, packages/detection).
  failedLogin: { limit: 9, windowSeconds: 300, per: 'address', fallbackLimit: 9 },
  // Passwords and codes of someone who is signed in already: a stolen cookie guesses slowly.
  proof: { limit: 20, windowSeconds: 900, per: 'caller', fallbackLimit: 5 },
  // The hourly quota of one caller, by the plan of the organization they act in.
  user: { limit: 1_000, windowSeconds: 3_600, per: 'caller', fallbackLimit: 300 },
  businessUser: { limit: 10_000, windowSeconds: 3_600, per: 'caller', fallbackLimit: 3_000 },
  read: { limit: 600, windowSeconds: 60, per: 'caller', fallbackLimit: 150 },
  write: { limit: 120, windowSeconds: 60, per: 'caller', fallbackLimit: 30 },
  // In the place of the read or write limit, where one call costs more than others.
  invitation: { limit: 50, windowSeconds: 3_600, per: 'caller', fallbackLimit: 10 },
  upload: { limit: 30, windowSeconds: 60, per: 'caller', fallbackLimit: 10 },
  export: { limit: 5, windowSeconds: 3_600, per: 'caller', fallbackLimit: 2 },
  // Of the mails below, those that tell somebody what a stranger tried: they must not use up the others.
  strayMail: { limit: 1, windowSeconds: 3_600, per: 'recipient', fallbackLimit: 1 },
  mail: { limit: 3, windowSeconds: 3_600, per: 'recipient', fallbackLimit: 1 },
} as const satisfies Readonly<Record<string, LimitPolicy>>

export type LimitName = keyof typeof limits
