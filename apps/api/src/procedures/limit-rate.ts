import type { Identity } from '@repo/auth'
import { AppError } from '@repo/errors'
import {
  addressKey,
  type LimitCheck,
  type LimitName,
  limits,
  rateLimitHeaders,
} from '@repo/rate-limit'
import type { Context } from '../context.ts'
import { limitsOf } from '../plans.ts'
import { type LimitClass, type OwnLimit, t } from './trpc.ts'

/**
 * Limits per user, per address and per endpoint (G14), counted for every call of a batch; all of
 * them in one round trip. Refuses with 429, RateLimit headers and an honest Retry-After (G16).
 */
export const limitRate = t.middleware(async ({ ctx, path, type, meta, next }) => {
  const { services, setHeader } = ctx.guards
  const limitClass = meta?.limits ?? 'standard'
  const own = ownLimitOf(limitClass)
  // Whoever is signed in goes on from a blocked address, but not to what strangers ask.
  if (own !== null && isByAddress(own)) ctx.guards.requireUnblocked()
  const kind = type === 'query' ? 'read' : 'write'
  const decision = await services.limiter.decide(checksOf({ limitClass, kind, path }, ctx))
  for (const [name, value] of Object.entries(rateLimitHeaders(decision))) setHeader(name, value)
  if (!decision.allowed) {
    throw new AppError('rate_limited', { retryAfterSeconds: decision.retryAfterSeconds })
  }
  return next()
})

interface Call {
  readonly limitClass: LimitClass
  readonly kind: 'read' | 'write'
  readonly path: string
}

function checksOf(
  { limitClass, kind, path }: Call,
  { identity, guards }: Context,
): readonly LimitCheck[] {
  const check = (name: LimitName, endpoint = ''): LimitCheck => {
    const caller = limits[name].per === 'caller' ? identity?.userId : undefined
    return { name, key: endpoint + (caller ?? addressKey(guards.address)) }
  }
  if (limitClass === 'proof') return [check('login'), check('proof')]
  const own = ownLimitOf(limitClass)
  if (own !== null && isByAddress(own)) return [check(own)]
  const perEndpoint = own === null ? check(kind, `${path}:`) : check(own)
  if (identity === null || limitClass === 'remedy') return [perEndpoint]
  return [check(quotaOf(identity, guards)), perEndpoint]
}

const ownLimitOf = (limitClass: LimitClass): OwnLimit | null =>
  limitClass === 'standard' || limitClass === 'remedy' || limitClass === 'proof' ? null : limitClass

const isByAddress = (name: OwnLimit) => limits[name].per === 'address'

/** By the plan of the organization the caller acts in; where that is not said, or not theirs, the standard one. */
function quotaOf({ memberships }: Identity, { askedOrganizationId }: Context['guards']): LimitName {
  const asked = askedOrganizationId?.toLowerCase()
  const acting =
    asked === undefined && memberships.length === 1
      ? memberships[0]
      : memberships.find(({ organizationId }) => organizationId === asked)
  return limitsOf(acting?.plan).quota
}
