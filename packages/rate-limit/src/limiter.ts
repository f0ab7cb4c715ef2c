import type { RedisConnection } from '@repo/redis'
import { Ratelimit } from '@upstash/ratelimit'
import { createBoundedMap } from './bounded-map.ts'
import { createCircuit } from './circuit.ts'
import { type LimitName, type LimitPolicy, limits as standardLimits } from './limits.ts'
import { createLocalWindow, type WindowState } from './local-window.ts'
import { slidingWindow } from './sliding-window.ts'

export type LimitCheck = { readonly name: LimitName; readonly key: string }

export type LimitDecision = {
  readonly allowed: boolean
  readonly name: LimitName
  readonly limit: number
  readonly remaining: number
  /** Until the oldest counted call leaves the window. */
  readonly resetSeconds: number
  /** The shortest wait that lets the next call through; 0 when this one is allowed. */
  readonly retryAfterSeconds: number
  readonly windowSeconds: number
  /** Decided by this process alone, with the tighter limit, since Redis did not answer. */
  readonly degraded: boolean
}

export type Limiter = {
  /**
   * Counts the call against every check, in one round trip, and answers the tightest: never rejects
   * for Redis, and answers within `timeoutMs`.
   */
  decide(checks: readonly LimitCheck[]): Promise<LimitDecision>
}

export type LimiterOptions = {
  readonly redis: RedisConnection['client']
  readonly limits?: Readonly<Record<LimitName, LimitPolicy>>
  readonly timeoutMs?: number
  /** Moves the clock of Redis and of this process, for tests. */
  readonly clockOffsetMs?: () => number
  readonly onDegraded?: (error: unknown) => void
  readonly onRecovered?: () => void
  /** Told of what each limit that was asked has decided. */
  readonly onDecided?: (decision: LimitDecision) => void
}

type Verdict = WindowState & { readonly degraded: boolean }

const defaultTimeoutMs = 250
const maxKeysInMemory = 10_000

/** Decides whether a call may pass; what a process knows to be refused costs nothing but the refusal. */
export function createLimiter(options: LimiterOptions): Limiter {
  const { limits = standardLimits, clockOffsetMs = () => 0, onDecided = () => {} } = options
  const now = () => performance.now() + clockOffsetMs()
  const windows = new Map<LimitName, Ratelimit>()
  const deniedUntil = createBoundedMap<number>(maxKeysInMemory)
  const fallback = createLocalWindow(maxKeysInMemory, now)
  const circuit = createCircuit({
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    onDegraded: options.onDegraded ?? (() => {}),
    onRecovered: options.onRecovered ?? (() => {}),
  })

  async function takeShared({ name, key }: LimitCheck): Promise<Verdict> {
    const window = windows.get(name) ?? createWindow(name, options)
    windows.set(name, window)
    const { success, remaining, reset } = await window.limit(key)
    return { allowed: success, remaining, waitMs: reset - Date.now(), degraded: false }
  }

  function takeLocal({ name, key }: LimitCheck): Verdict {
    const { fallbackLimit, windowSeconds } = limits[name]
    const policy = { limit: fallbackLimit, windowMs: windowSeconds * 1_000 }
    return { ...fallback.take(`${name}:${key}`, policy), degraded: true }
  }

  /** A refusal cannot end before the oldest call leaves: a flood need not ask Redis again. */
  function findRefusal(check: LimitCheck): readonly LimitDecision[] {
    const waitMs = (deniedUntil.get(idOf(check)) ?? 0) - now()
    return waitMs > 0 ? [toDecision(check.name, limits[check.name], { ...denied, waitMs })] : []
  }

  async function decideOne(check: LimitCheck): Promise<LimitDecision> {
    const verdict = await circuit.run(
      () => takeShared(check),
      () => takeLocal(check),
    )
    if (!verdict.allowed && !verdict.degraded) {
      deniedUntil.set(idOf(check), now() + verdict.waitMs)
    }
    return toDecision(check.name, limits[check.name], verdict)
  }

  return {
    async decide(checks) {
      // What one limit is known to refuse is not counted by the others.
      const refusals = checks.flatMap(findRefusal)
      const decisions = refusals.length > 0 ? refusals : await Promise.all(checks.map(decideOne))
      for (const decision of decisions) onDecided(decision)
      const [first, ...others] = decisions
      if (first === undefined) throw new TypeError('A call is decided by at least one limit.')
      return others.reduce(tighter, first)
    },
  }
}

const idOf = ({ name, key }: LimitCheck) => `${name}:${key}`

const denied = { allowed: false, remaining: 0, degraded: false } as const

function createWindow(name: LimitName, options: LimiterOptions): Ratelimit {
  const { redis, limits = standardLimits, clockOffsetMs = () => 0 } = options
  return new Ratelimit({
    redis,
    prefix: `rate-limit:${name}`,
    limiter: slidingWindow({ ...limits[name], clockOffsetMs }),
    // Its time limit lets calls through, and its cache is without bounds.
    timeout: 0,
    ephemeralCache: false,
    enableTelemetry: false,
  })
}

function toDecision(name: LimitName, policy: LimitPolicy, verdict: Verdict): LimitDecision {
  const { allowed, remaining, degraded, waitMs } = verdict
  const resetSeconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return {
    allowed,
    name,
    limit: degraded ? policy.fallbackLimit : policy.limit,
    remaining,
    resetSeconds,
    retryAfterSeconds: allowed ? 0 : resetSeconds,
    windowSeconds: policy.windowSeconds,
    degraded,
  }
}

function tighter(one: LimitDecision, other: LimitDecision): LimitDecision {
  if (one.allowed !== other.allowed) return one.allowed ? other : one
  if (!one.allowed) return other.retryAfterSeconds > one.retryAfterSeconds ? other : one
  return other.remaining < one.remaining ? other : one
}
