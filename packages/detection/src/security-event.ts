/** Who caused an event, as far as they are known, and from where. */
interface Origin {
  /** What counts as one address; null for one that speaks for many, such as a trusted proxy. */
  readonly address: string | null
  readonly userId: string | null
}

/** Everything that the rules are about; a kind that no rule counts costs nothing. */
interface EventFields {
  /** A call or a request was refused (4xx): once for each call, or for a request that reached none. */
  readonly refusal: {
    /** The procedure, else the template of the route; null for an unknown path. */
    readonly endpoint: string | null
    readonly code: string | null
    readonly isAdminEndpoint: boolean
    /** Whether the caller has a role on the platform. */
    readonly isAdmin: boolean
  }
  /** What was to prove somebody did not. */
  readonly failedLogIn: {
    /** The SHA-256 of the e-mail address that was given, in hexadecimal. */
    readonly account: string | null
  }
  readonly payload: {
    readonly endpoint: string
    readonly isRefused: boolean
    readonly bytesIn: number
    readonly bytesOut: number
  }
  /** What is good once was used again: somebody else has it too. */
  readonly tokenReuse: {
    readonly what: 'refresh token' | 'authorization code'
    readonly clientId: string | null
  }
  readonly sessionBegun: Readonly<Record<never, never>>
  readonly keyUse: {
    readonly keyId: string
    /** The /24 or /48 that it was used from. */
    readonly network: string
    /** Whether any call was let through by it. */
    readonly hasSucceeded: boolean
  }
  /** What belongs to a person or an organization left as a file or as a whole. */
  readonly export: Readonly<Record<never, never>>
}

export type EventKind = keyof EventFields
export type EventOf<Kind extends EventKind> = { readonly kind: Kind } & Origin & EventFields[Kind]

/** What is observed; the one vocabulary between those who see and the rules. */
export type SecurityEvent = { [Kind in EventKind]: EventOf<Kind> }[EventKind]

export const isOf = <Kind extends EventKind>(
  event: SecurityEvent,
  kind: Kind,
): event is Extract<SecurityEvent, { readonly kind: Kind }> & EventOf<Kind> => event.kind === kind
