import type { Database } from '@repo/database'
import { composeDigest } from './compose-digest.ts'
import type { Digest, WeekNumbers, WeekState } from './digest.ts'
import { weekOf } from './week.ts'

type Query = <Row extends object>(
  text: string,
  values: readonly unknown[],
) => Promise<readonly Row[]>

const stateColumns = `
  weeks_known AS "weeksKnown", sealed_at AS "sealedAt", head, unsealed, unsealed_since AS "unsealedSince",
  dead_letters AS "deadLetters", keys_ending AS "keysEnding", keys_over_age AS "keysOverAge"`

interface Look {
  readonly week: string
  readonly now: Date
  readonly keyMaxAgeDays: number
}

async function readWeek(
  query: Query,
  schema: 'audit' | 'platform',
  { week, now, keyMaxAgeDays }: Look,
): Promise<Digest> {
  const numbers = await query<WeekNumbers>(`SELECT * FROM ${schema}.week_numbers($1)`, [week])
  const text = `SELECT ${stateColumns} FROM ${schema}.week_state($1, $2, $3)`
  const [state] = await query<WeekState>(text, [week, now, keyMaxAgeDays])
  if (!state) throw new Error('The database did not say how things stand.')
  return composeDigest(week, { numbers, state, now })
}

/** The worker's: makes and keeps the digest of a week. */
export interface DigestKeeper {
  compose(look: Look): Promise<Digest>
  /** Of the eight weeks up to one, those that nobody was told of, the oldest first. */
  listUntold(untilWeek: string): Promise<readonly string[]>
  /** Whether it was the first: of any number of workers that make it, one is. */
  keep(digest: Digest, now: Date): Promise<boolean>
  /** Who reads it where nobody was named: every administrator of the platform. */
  listAdministrators(): Promise<readonly string[]>
}

/** What it keeps is part of the transaction behind `query`. */
export const createDigestKeeper = (query: Query): DigestKeeper => ({
  compose: (look) => readWeek(query, 'audit', look),
  async listUntold(untilWeek) {
    const text = 'SELECT week FROM audit.untold_weeks($1)'
    const rows = await query<{ readonly week: string }>(text, [untilWeek])
    return rows.map(({ week }) => week)
  },
  async keep(digest, now) {
    const text = 'SELECT kept FROM audit.keep_digest($1, $2, $3)'
    const [row] = await query<{ readonly kept: boolean }>(text, [digest.week, now, digest])
    return row?.kept === true
  },
  async listAdministrators() {
    const rows = await query<{ readonly email: string }>(
      'SELECT email FROM audit.administrators()',
      [],
    )
    return rows.map(({ email }) => email)
  },
})

/** The digests of weeks that are over, and of the one that runs. */
export interface DigestDesk {
  /** The newest first; those before a week. */
  list(page: {
    readonly before?: string | undefined
    readonly limit: number
  }): Promise<readonly Digest[]>
  /** As it would be told now. */
  composeRunning(): Promise<Digest>
}

const page = 'SELECT content FROM platform.list_digests($1, $2)'

/** By a role that may: the platform's. */
export function createDigestDesk(options: {
  readonly platform: Pick<Database, 'query'>
  readonly clock: () => Date
  readonly keyMaxAgeDays: number
}): DigestDesk {
  const { platform, clock, keyMaxAgeDays } = options
  const query: Query = <Row extends object>(text: string, values: readonly unknown[]) =>
    platform.query<Row & Record<string, unknown>>({ name: nameOf(text), text, values })
  return {
    async list({ before, limit }) {
      const rows = await query<{ readonly content: Digest }>(page, [before ?? null, limit])
      return rows.map(({ content }) => content)
    },
    composeRunning: () => {
      const now = clock()
      return readWeek(query, 'platform', { week: weekOf(now), now, keyMaxAgeDays })
    },
  }
}

const nameOf = (text: string): string => /platform\.\w+/.exec(text)?.[0].replace('.', '_') ?? ''
