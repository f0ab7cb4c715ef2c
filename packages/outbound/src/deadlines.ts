import { OutboundError } from './outbound-error.ts'

/** In milliseconds, each from the start of the request. */
export interface Timeouts {
  /** Until the name is resolved and the connection, TLS included, stands. */
  readonly connectTimeoutMs: number
  /** Until the status is there. */
  readonly headersTimeoutMs: number
  /** Until the rest of the answer is there, or is cut. */
  readonly timeoutMs: number
}

export interface Deadlines {
  /** Aborts with an OutboundError: timeout, or aborted by the caller. */
  readonly signal: AbortSignal
  connected(): void
  answered(): void
  end(): void
}

/** Starts all clocks of a request. */
export function startDeadlines(timeouts: Timeouts, caller?: AbortSignal): Deadlines {
  const controller = new AbortController()
  const expire = () => controller.abort(new OutboundError('timeout'))
  const giveUp = () => controller.abort(new OutboundError('aborted'))
  const connect = setTimeout(expire, timeouts.connectTimeoutMs)
  const headers = setTimeout(expire, timeouts.headersTimeoutMs)
  const whole = setTimeout(expire, timeouts.timeoutMs)
  if (caller?.aborted) giveUp()
  caller?.addEventListener('abort', giveUp, { once: true })
  return {
    signal: controller.signal,
    connected: () => clearTimeout(connect),
    answered: () => clearTimeout(headers),
    end() {
      for (const timer of [connect, headers, whole]) clearTimeout(timer)
      caller?.removeEventListener('abort', giveUp)
    },
  }
}
