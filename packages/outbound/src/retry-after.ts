const maxSeconds = 3_600

/** Reads Retry-After (RFC 9110, section 10.2.3), seconds or a date: 1 to 3600 seconds, or undefined. */
export function readRetryAfter(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : secondsUntil(text, now)
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(Math.ceil(seconds), 1), maxSeconds)
}

// Of the three forms of a date the one that may be sent; Date.parse takes nearly anything.
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

const secondsUntil = (text: string, now: Date) =>
  httpDate.test(text) ? (Date.parse(text) - now.getTime()) / 1_000 : Number.NaN
