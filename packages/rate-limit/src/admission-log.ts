import type { RedisConnection } from '@repo/redis'
import type { LimitPolicy } from './limits.ts'

/** In microseconds, as the script counts time. */
export const second = 1_000_000

/** What Redis holds of one limit and key, and all that it ever held, for tests. */
export type AdmissionLog = {
  readonly policy: LimitPolicy
  /** By the clock of Redis, the oldest first. */
  present(): readonly number[]
  /** Of every admission, by a clock that was never set back. */
  trueTimes(): readonly number[]
  /** Asks Redis again; how many admissions are new. */
  read(): Promise<number>
}

export function createAdmissionLog(
  client: RedisConnection['client'],
  options: {
    readonly id: string
    readonly policy: LimitPolicy
    readonly clock: { readonly setBackMs: number }
  },
): AdmissionLog {
  const { id, policy, clock } = options
  const known = new Map<string, number>()
  let present: readonly number[] = []
  return {
    policy,
    present: () => present,
    trueTimes: () => [...known.values()],
    async read() {
      const before = known.size
      const reply = await client.zrange(id, 0, -1, { withScores: true })
      const members = reply.filter((_, place) => place % 2 === 0).map(String)
      present = reply.filter((_, place) => place % 2 === 1).map(Number)
      for (const [index, member] of members.entries()) {
        const trueTime = Number(present[index]) + clock.setBackMs * 1_000
        if (!known.has(member)) known.set(member, trueTime)
      }
      return known.size - before
    },
  }
}
