import { createHash } from 'node:crypto'
import type { AuditFinding } from './audit-verifier.ts'

/** One link, as the database has it; numbers of 64 bits are texts. */
export interface SealRow {
  readonly number: string
  readonly kind: 'sealed' | 'dropped'
  readonly month: string
  readonly firstId: string
  readonly lastId: string
  /** Of a dropped month: the number of the link that the chain begins with from then on. */
  readonly keptFrom: string | null
  readonly events: number
  readonly digest: string
  readonly previous: string
  readonly hash: string
  readonly sealedMs: string
}

const partitionOf = (month: string): string => `audit.events_${month.slice(0, 7).replace('-', '_')}`

const firstPrevious = '0'.repeat(64)

// No retention is shorter: what is dropped before was not dropped for its age.
const shortestRetentionMs = 30 * 86_400_000

/**
 * The links that do not hold: changed, out of their order, built on another than the one before, not the one that the
 * chain is to begin with, or of a month that was dropped before its time.
 */
export const brokenLinks = (seals: readonly SealRow[]): AuditFinding[] =>
  seals.flatMap((seal, index): AuditFinding[] => {
    const before = seals[index - 1]
    const isBuiltOn = before
      ? seal.previous === before.hash && BigInt(seal.number) === BigInt(before.number) + 1n
      : isBeginning(seal, seals)
    if (!isBuiltOn || seal.hash !== hashOf(seal)) return [{ ...placeOf(seal), problem: broken }]
    return isEarly(seal) ? [{ ...placeOf(seal), problem: 'dropped early' }] : []
  })

const broken = 'broken chain'

function isBeginning({ number, previous }: SealRow, seals: readonly SealRow[]): boolean {
  const kept = seals.findLast(({ kind }) => kind === 'dropped')?.keptFrom ?? '1'
  return number === kept && (number !== '1' || previous === firstPrevious)
}

function isEarly({ kind, month, sealedMs }: SealRow): boolean {
  const [year = 0, index = 0] = month.split('-').map(Number)
  return kind === 'dropped' && Number(sealedMs) < Date.UTC(year, index) + shortestRetentionMs
}

type Range = Pick<SealRow, 'month' | 'firstId' | 'lastId'>

export const placeOf = ({ month, firstId, lastId }: Range) => ({
  ...{ partition: partitionOf(month), firstId, lastId },
})

/** As jsonb spells an array (`audit.append_seal`). */
function hashOf(seal: SealRow): string {
  const { number, kind, month, firstId, lastId, keptFrom, events, digest, previous, sealedMs } =
    seal
  const range = `${firstId}, ${lastId}, ${keptFrom}`
  const text = `[${number}, "${kind}", "${month}", ${range}, ${events}, "${digest}", ${sealedMs}]`
  return createHash('sha256').update(previous).update(text).digest('hex')
}
