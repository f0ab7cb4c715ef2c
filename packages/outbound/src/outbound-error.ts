const codes = {
  refused_url: { permanent: true, message: 'The URL of the receiver is not one to send to.' },
  refused_address: { permanent: true, message: 'The receiver is not on a public network.' },
  untrusted: { permanent: false, message: "The receiver's certificate is not to be trusted." },
  unreachable: { permanent: false, message: 'The receiver could not be reached.' },
  timeout: { permanent: false, message: 'The receiver did not answer in time.' },
  aborted: { permanent: false, message: 'The request was given up.' },
  status: { permanent: false, message: 'The receiver did not take it.' },
} as const

export type OutboundCode = keyof typeof codes

interface OutboundErrorOptions {
  /** The code of an error of the system or of TLS, such as ECONNREFUSED. */
  readonly reason?: unknown
  readonly status?: number
  readonly retryAfterSeconds?: number | undefined
}

// 408 Request Timeout, 425 Too Early, 429 Too Many Requests: the request itself is not at fault.
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * A request that was not taken. It never holds the URL, which may be a secret, nor what the receiver
 * said, which is anybody's text.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
  readonly code: OutboundCode
  /** Whether the same request again would end the same. */
  readonly permanent: boolean
  readonly reason: string | undefined
  readonly status: number | undefined
  /** How long the receiver asks to be left alone. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: OutboundCode, options: OutboundErrorOptions = {}) {
    const { reason, status, retryAfterSeconds } = options
    super(status === undefined ? codes[code].message : `The receiver answered ${status}.`)
    this.code = code
    this.permanent = status === undefined ? codes[code].permanent : isPermanent(status)
    this.reason = isErrorCode(reason) ? reason : undefined
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
  }
}

// A redirect is not followed, so that the next one leads nowhere either.
const isPermanent = (status: number) =>
  status >= 300 && status < 500 && !passingStatuses.has(status)

/** A code is one word in capitals; any other text could hold a name or an address. */
const isErrorCode = (reason: unknown): reason is string =>
  typeof reason === 'string' && /^[A-Z][A-Z\d_]{1,63}$/.test(reason)
