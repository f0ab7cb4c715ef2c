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

export interface ExpiredMonths {
  readonly dropped: readonly string[]
  /** Those that are due and are not as they were sealed: they stay. */
  readonly kept: readonly string[]
}

/** Each can be done again at any time; of several workers one does it while the others wait, and find nothing to do. */
export interface AuditKeeper {
  /** Makes the partitions of this month and the next two, and of what was stored without one; those it made. */
  keepPartitions(): Promise<readonly MadeMonth[]>
  /** Seals what has come since the last time; `head` is the last hash, to be kept where the database is not. */
  seal(): Promise<{ readonly events: number; readonly head: string | null }>
  /** Counts what was sealed since the last time, for whoever looks at numbers; how many events it were. */
  count(): Promise<number>
  /** Drops the months that are past their time and sealed. */
  dropExpired(): Promise<ExpiredMonths>
  /** Forgets what leads from people who were erased an hour ago to their pseudonyms; how many they were. */
  forgetErased(): Promise<number>
  /** How many events wait for their seal, 100 000 at most, and how old the oldest of them is. */
  measureUnsealed(): Promise<Unsealed>
}

export interface Unsealed {
  readonly events: number
  readonly oldestSeconds: number
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

  async function count(counted = 0): Promise<number> {
    const [row] = await ask<{ readonly events: number }>(questions.count, maxEventsInSeal)
    const events = row?.events ?? 0
    return events < maxEventsInSeal ? counted + events : count(counted + events)
  }

  async function dropExpired(dropped: readonly string[] = []): Promise<ExpiredMonths> {
    const months = await ask<DueMonth>(questions.drop, clock(), retentionDays)
    const made = months.find((month) => month.dropped)
    if (made) return dropExpired([...dropped, made.month])
    return { dropped, kept: months.map(({ month }) => month) }
  }

  return {
    keepPartitions: () => ask<MadeMonth>(questions.keep, clock()),
    seal: () => seal(),
    count: () => count(),
    dropExpired: () => dropExpired(),
    async forgetErased() {
      const [row] = await ask<{ forgotten: number }>(questions.forget, clock())
      return row?.forgotten ?? 0
    },
    async measureUnsealed() {
      const [row] = await ask<Unsealed>(questions.measure)
      return row ?? { events: 0, oldestSeconds: 0 }
    },
  }
}

interface Seal {
  readonly events: number
  readonly hash: string
}

interface DueMonth {
  readonly month: string
  readonly dropped: boolean
}

const questions = {
  keep: 'SELECT month::text, moved FROM audit.keep_months($1)',
  seal: 'SELECT events, hash FROM audit.seal($1, $2) ORDER BY number',
  count: 'SELECT events FROM audit.count_sealed($1)',
  drop: 'SELECT month::text, dropped FROM audit.drop_expired($1, $2)',
  forget: 'SELECT forgotten FROM audit.forget_erased($1)',
  measure: 'SELECT events::int, oldest_seconds AS "oldestSeconds" FROM audit.measure_unsealed()',
} as const

const nameOf = (text: string): string => /audit\.\w+/.exec(text)?.[0].replace('.', '_') ?? ''
