import { inSpan, traceHeaders } from '@repo/telemetry'
import { createAddressGuard } from './address-guard.ts'
import { type Deadlines, startDeadlines, type Timeouts } from './deadlines.ts'
import { type Answer, exchange } from './exchange.ts'
import {
  findAddresses,
  type Resolve,
  requirePlausible,
  resolveByMachine,
} from './find-addresses.ts'
import { OutboundError } from './outbound-error.ts'
import { readTarget } from './read-target.ts'
import { readRetryAfter } from './retry-after.ts'

export interface OutboundMessage {
  readonly body: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface Outbound {
  /** Resolves once the receiver has answered 2xx; throws OutboundError. Follows no redirect. */
  post(url: string, message: OutboundMessage): Promise<{ readonly status: number }>
  /** Throws OutboundError for a URL that `post` refuses whatever its name resolves to; asks nobody. */
  check(url: string): void
}

export interface OutboundOptions extends Partial<Timeouts> {
  /** Private networks (CIDRs) that may be reached, on any port and by plain HTTP; none by default. */
  readonly allowedNetworks?: readonly string[]
  /** Of public receivers; 443 and 8443 by default. */
  readonly allowedPorts?: readonly number[]
  /** How much of an answer is read, and thrown away, before the connection is cut; 64 KiB by default. */
  readonly maxAnswerBytes?: number
  readonly resolve?: Resolve
  readonly clock?: () => Date
}

const defaults = {
  allowedPorts: [443, 8_443],
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  timeoutMs: 12_000,
  maxAnswerBytes: 65_536,
} as const

/** Sends requests to URLs that others wrote; throws when an allowed network is none, or everybody. */
export function createOutbound(options: OutboundOptions = {}): Outbound {
  const settings = { ...defaults, ...options }
  const { allowedNetworks = [], resolve = resolveByMachine, clock = () => new Date() } = options
  const guard = createAddressGuard(allowedNetworks)
  const rules = { guard, resolve, allowedPorts: settings.allowedPorts }

  async function send(url: string, message: OutboundMessage, deadlines: Deadlines) {
    const target = readTarget(url)
    // A look-up cannot be interrupted: one that hangs is left to itself.
    const addresses = await Promise.race([
      findAddresses(target, rules),
      rejectionOf(deadlines.signal),
    ])
    const { body } = message
    // Whose trace it is part of; of this process it tells nothing but two random numbers.
    const headers = { ...message.headers, ...traceHeaders() }
    const { maxAnswerBytes } = settings
    return exchange({ target, addresses, body, headers, maxAnswerBytes }, deadlines)
  }

  return {
    check: (url) => requirePlausible(readTarget(url), rules),
    async post(url, message) {
      const deadlines = startDeadlines(settings, message.signal)
      try {
        return await inSpan('POST', { kind: 'client' }, async (note) => {
          const answer = await send(url, message, deadlines)
          note({ 'http.response.status_code': answer.status })
          return requireTaken(answer, clock())
        })
      } finally {
        deadlines.end()
      }
    },
  }
}

function requireTaken({ status, retryAfter }: Answer, now: Date) {
  if (status >= 200 && status < 300) return { status }
  const retryAfterSeconds = readRetryAfter(retryAfter, now)
  throw new OutboundError('status', { status, retryAfterSeconds })
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
