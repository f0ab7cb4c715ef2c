// Some 29 hours in all: 10 s, twice as long each time, up to 6 hours.
const firstSeconds = 10
const maxSeconds = 6 * 60 * 60
const maxAttempts = 16

/**
 * How many seconds the attempt after this one waits, null after the last: a quarter more or less at random, so that
 * what failed together is not tried together, and as long as the receiver has asked for at least.
 */
export function retryWaitOf(
  attempt: number,
  retryAfterSeconds = 0,
  random: () => number = Math.random,
): number | null {
  if (attempt >= maxAttempts) return null
  const wait = Math.min(firstSeconds * 2 ** (attempt - 1), maxSeconds)
  return Math.max(wait * (0.75 + random() / 2), retryAfterSeconds)
}
