import type { Identity } from '@repo/auth'
import { AppError } from '@repo/errors'
import { addressKey, type LimitName, limits, rateLimitHeaders } from '@repo/rate-limit'
import type { Context } from '../context.ts'
import { limitsOf } from '../plans.ts'
import { type LimitClass, t } from './trpc.ts'

/**
 * Limits per user, per address and per endpoint (G14), counted for every call of a batch; all of
 * them in one round trip. Refuses with 429, RateLimit headers and an honest Retry-After (G16).
 */
export const limitRate = t.middleware(async ({ ctx, path, type, meta, next }) => {
  const { services, setHeader } = ctx.guards
  // Whoever is signed in goes on from a blocked address, but logs nobody in.
  if (meta?.limits === 'login') ctx.guards.requireUnblocked()
  const kind = type === 'query' ? 'read' : 'write'
  const decision = await services.limiter.decide(checksOf(meta?.limits, kind, path, ctx))
  for (const [name, value] of Object.entries(rateLimitHeaders(decision))) setHeader(name, value)
  if (!decision.allowed) {
    throw new AppError('rate_limited', { retryAfterSeconds: decision.retryAfterSeconds })
  }
  return next()
})

interface Check {
  readonly name: LimitName
  readonly key: string
}

function checksOf(
  limitClass: LimitClass | undefined,
  kind: 'read' | 'write',
  path: string,
  { identity, guards }: Context,
): readonly Check[] {
  const caller = identity?.userId
  const keyOf = (name: LimitName) =>
    (limits[name].per === 'caller' && caller) || addressKey(guards.address)
  const login = { name: 'login', key: keyOf('login') } as const
  if (limitClass === 'login') return [login]
  if (limitClass === 'proof') return [login, { name: 'proof', key: keyOf('proof') }]
  const perEndpoint = { name: kind, key: `${path}:${keyOf(kind)}` }
  if (identity === null || limitClass === 'remedy') return [perEndpoint]
  return [{ name: quotaOf(identity, guards), key: identity.userId }, perEndpoint]
}

/** By the plan of the organization the caller acts in; where that is not said, or not theirs, the standard one. */
function quotaOf({ memberships }: Identity, { askedOrganizationId }: Context['guards']): LimitName {
  const asked = askedOrganizationId?.toLowerCase()
  const acting =
    asked === undefined && memberships.length === 1
      ? memberships[0]
      : memberships.find(({ organizationId }) => organizationId === asked)
  return limitsOf(acting?.plan).quota
}
