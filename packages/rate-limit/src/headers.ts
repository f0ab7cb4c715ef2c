import type { LimitDecision } from './limiter.ts'

/** The fields of draft-ietf-httpapi-ratelimit-headers, and Retry-After (RFC 9110) on a refusal. */
export function rateLimitHeaders(decision: LimitDecision): Readonly<Record<string, string>> {
  const { name, limit, windowSeconds, remaining, resetSeconds, allowed } = decision
  return {
    'ratelimit-policy': `"${name}";q=${limit};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
    ...(!allowed && { 'retry-after': String(decision.retryAfterSeconds) }),
  }
}
