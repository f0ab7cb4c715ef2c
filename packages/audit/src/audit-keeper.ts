import type { Database } from '@repo/database'

export interface AuditKeeperOptions {
  /** As the worker's role, which asks the functions of the schema `audit` and reaches no table of it. */
  readonly database: Pick<Database, 'query'>
  readonly clock: () => Date
  /** How long an event is kept, at least: it goes with the whole month it is of. */
  readonly retentionDays?: number
}

export interface MadeMonth {
  /** Its first day, such as `2026-11-01`. */
  readonly month: string
  /** How many events had no partition until then: more than none means that this came too late. */
  readonly moved: number
}

/** Each can be done again at any time; of several workers one does it, and the others find nothing to do. */
export interface AuditKeeper {
  /** Makes the partitions of this month and the next two, and of what was stored without one; those it made. */
  keepPartitions(): Promise<readonly MadeMonth[]>
  /** Seals what has come since the last time; `head` is the last hash, to be kept where the database is not. */
  seal(): Promise<{ readonly events: number; readonly head: string | null }>
  /** Drops the months that are past their time and sealed, and what leads from the erased to their pseudonyms. */
  dropExpired(): Promise<{ readonly months: readonly string[]; readonly forgotten: number }>
}

export const defaultRetentionDays = 400

const maxEventsInSeal = 5_000

/** What the worker does for the audit log: room ahead, the chain, and the end of what is old. */
export function createAuditKeeper({
  database,
  clock,
  retentionDays = defaultRetentionDays,
}: AuditKeeperOptions): AuditKeeper {
  const ask = <Row extends object>(text: string, ...values: readonly unknown[]) =>
    database.query<Row & Record<string, unknown>>({ name: nameOf(text), text, values })

  async function seal(events = 0, last: string | null = null): ReturnType<AuditKeeper['seal']> {
    const seals = await ask<Seal>(questions.seal, clock(), maxEventsInSeal)
    const head = seals.at(-1)?.hash ?? last
    const sealed = seals.reduce((sum, made) => sum + made.events, 0)
    if (sealed < maxEventsInSeal) return { events: events + sealed, head }
    return seal(events + sealed, head)
  }

  return {
    keepPartitions: () => ask<MadeMonth>(questions.keep, clock()),
    seal: () => seal(),
    async dropExpired() {
      const dropped = await ask<{ month: string }>(questions.drop, clock(), retentionDays)
      const [row] = await ask<{ forgotten: number }>(questions.forget, clock())
      return { months: dropped.map(({ month }) => month), forgotten: row?.forgotten ?? 0 }
    },
  }
}

interface Seal {
  readonly events: number
  readonly hash: string
}

const questions = {
  keep: 'SELECT month::text, moved FROM audit.keep_months($1)',
  seal: 'SELECT events, hash FROM audit.seal($1, $2) ORDER BY number',
  drop: 'SELECT month::text FROM audit.drop_expired($1, $2)',
  forget: 'SELECT forgotten FROM audit.forget_erased($1)',
} as const

const nameOf = (text: string): string => /audit\.\w+/.exec(text)?.[0].replace('.', '_') ?? ''
