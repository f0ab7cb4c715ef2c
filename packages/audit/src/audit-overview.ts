import type { Database } from '@repo/database'

/** Refusals within one step of time, from `at` on. */
export interface RefusalStep {
  readonly at: Date
  /** Log-ins, codes and passkeys that proved nobody. */
  readonly failedLogIns: number
  readonly others: number
}

/** Where refusals came from. */
export interface RefusalSource {
  /** A network, as the audit log keeps addresses; empty for all that are not kept apart. */
  readonly network: string
  readonly refusals: number
  readonly failedLogIns: number
}

/** How far the chain of the audit log reaches. */
export interface AuditChainState {
  /** How many links there are; null before the first. */
  readonly links: string | null
  readonly sealedAt: Date | null
  /** The hash of the last one. */
  readonly head: string | null
  /** Events that came since; 10 000 are counted at most. */
  readonly unsealed: number
  readonly unsealedSince: Date | null
}

/** The audit log in numbers, none of which is counted anew each time (decision 41). */
export interface AuditOverview {
  /** In steps of `stepMinutes` (quarters of an hour), the last of which runs until after `now`. */
  listRefusals(span: {
    readonly now: Date
    readonly steps: number
    readonly stepMinutes: number
  }): Promise<readonly RefusalStep[]>
  /** Those with the most refusals since a time, the loudest first. */
  listSources(since: Date, limit: number): Promise<readonly RefusalSource[]>
  getChain(): Promise<AuditChainState>
}

const minuteMs = 60_000

const refusals = `
  SELECT at, failed_log_ins AS "failedLogIns", others FROM platform.list_refusals($1, $2, make_interval(mins => $3))`
const sources = `
  SELECT network, refusals, failed_log_ins AS "failedLogIns" FROM platform.list_sources($1, $2)`
const chain = `
  SELECT links::text, sealed_at AS "sealedAt", head, unsealed, unsealed_since AS "unsealedSince"
    FROM platform.get_audit_chain()`

/** By a role that may: the platform's. */
export function createAuditOverview(platform: Pick<Database, 'query'>): AuditOverview {
  const ask = <Row extends object>(name: string, text: string, values: readonly unknown[]) =>
    platform.query<Row & Record<string, unknown>>({ name, text, values })
  return {
    listRefusals({ now, steps, stepMinutes }) {
      const stepMs = stepMinutes * minuteMs
      const until = Math.ceil((now.getTime() + 1) / stepMs) * stepMs
      const bounds = [new Date(until - steps * stepMs), new Date(until)]
      return ask<RefusalStep>('platform_refusals', refusals, [...bounds, stepMinutes])
    },
    listSources: (since, limit) => ask<RefusalSource>('platform_sources', sources, [since, limit]),
    async getChain() {
      const [row] = await ask<AuditChainState>('platform_audit_chain', chain, [])
      return row ?? { links: null, sealedAt: null, head: null, unsealed: 0, unsealedSince: null }
    },
  }
}
