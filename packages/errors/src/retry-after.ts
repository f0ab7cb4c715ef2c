/** Whole seconds until a time, as Retry-After says them (RFC 9110, section 10.2.3): at least one. */
export const secondsUntil = (time: Date, now: Date): number =>
  Math.max(1, Math.ceil((time.getTime() - now.getTime()) / 1_000))
