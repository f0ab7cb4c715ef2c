import { createHash } from 'node:crypto'
import type { AuditFinding } from './audit-verifier.ts'

/** One link, as the database has it; numbers of 64 bits are texts. */
export interface SealRow {
  readonly number: string
  readonly kind: 'sealed' | 'dropped'
  readonly month: string
  readonly firstId: string
  readonly lastId: string
  readonly events: number
  readonly digest: string
  readonly previous: string
  readonly hash: string
  readonly sealedMs: string
}

export const partitionOf = (month: string): string =>
  `audit.events_${month.slice(0, 7).replace('-', '_')}`

const firstPrevious = '0'.repeat(64)

/** The links that do not hold: changed, out of their order, or built on another than the one before. */
export function brokenLinks(seals: readonly SealRow[]): AuditFinding[] {
  return seals.flatMap((seal, index) => {
    const before = seals[index - 1]
    const isBuiltOn = before
      ? seal.previous === before.hash && BigInt(seal.number) === BigInt(before.number) + 1n
      : seal.number !== '1' || seal.previous === firstPrevious
    return isBuiltOn && seal.hash === hashOf(seal) ? [] : [{ ...placeOf(seal), problem: broken }]
  })
}

const broken = 'broken chain' as const

export const placeOf = ({ month, firstId, lastId }: SealRow) => ({
  ...{ partition: partitionOf(month), firstId, lastId },
})

/** As jsonb spells an array (`audit.append_seal`). */
function hashOf(seal: SealRow): string {
  const { number, kind, month, firstId, lastId, events, digest, previous, sealedMs } = seal
  const text = `[${number}, "${kind}", "${month}", ${firstId}, ${lastId}, ${events}, "${digest}", ${sealedMs}]`
  return createHash('sha256').update(previous).update(text).digest('hex')
}
