import type { DigestFinding, WeekNumbers, WeekState } from './digest.ts'

export interface Week {
  readonly numbers: readonly WeekNumbers[]
  readonly state: WeekState
  readonly until: Date
  /** What has not happened yet is missed in no week that is running. */
  readonly isOver: boolean
}

// Below these a number is no news, however rare it is; and what is missed was many.
const floor = 10
const alertFloor = 3
const missedFloor = 20
// A worker seals every minute.
const sealedWithinMs = 60 * 60 * 1_000
const ranks = ['critical', 'warning', 'info'] as const

/** What is out of the ordinary, the worst first; among deviations, the one that is furthest off. */
export function findAnomalies(week: Week): readonly DigestFinding[] {
  const found = [...week.numbers.flatMap((of) => judge(of, week)), ...judgeState(week)]
  return found
    .toSorted(
      (one, other) =>
        ranks.indexOf(one.severity) - ranks.indexOf(other.severity) || other.weight - one.weight,
    )
    .map(({ severity, words }) => ({ severity, words }))
}

interface Weighed extends DigestFinding {
  readonly weight: number
}

/** The mean of the weeks before that are known; null for fewer than two. */
export function usualOf({ weeks }: WeekNumbers, { weeksKnown }: WeekState): number | null {
  const before = weeks.slice(1, 1 + weeksKnown)
  return before.length < 2 ? null : before.reduce((sum, count) => sum + count, 0) / before.length
}

function judge(numbers: WeekNumbers, { state, isOver }: Week): readonly Weighed[] {
  const { topic, severity, weeks } = numbers
  const [count = 0] = weeks
  const what = labelOf(numbers)
  if (topic === 'alert' && severity === 'critical' && count > 0) {
    return [{ severity, weight: count, words: `${what}: ${count}, each is critical` }]
  }
  const usual = usualOf(numbers, state)
  if (usual === null) {
    // Nothing to compare with: an alert speaks for itself.
    const isTold = topic === 'alert' && severity === 'warning' && count > 0
    return isTold ? [{ severity, weight: count, words: `${what}: ${count}` }] : []
  }
  const spread = spreadOf(weeks.slice(1, 1 + state.weeksKnown), usual)
  const least = topic === 'alert' ? alertFloor : floor
  // What has never raised the alarm and does now is news by itself.
  const isNew = topic === 'alert' && severity === 'warning' && usual === 0 && count > 0
  const isMore = count >= least && count >= 2 * usual && count > usual + 3 * spread
  const isLess = isOver && usual >= missedFloor && count <= usual / 4 && count < usual - 3 * spread
  if (!isNew && !isMore && !isLess) return []
  const words = `${what}: ${count}, where ${round(usual)} is usual`
  return [
    {
      severity: 'warning',
      weight: (Math.max(count, usual) + 1) / (Math.min(count, usual) + 1),
      words,
    },
  ]
}

/** The standard deviation, and of rare things what chance alone does. */
function spreadOf(counts: readonly number[], mean: number): number {
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0)
  return Math.max(Math.sqrt(squares / counts.length), Math.sqrt(mean), 1)
}

function judgeState({ state, until }: Week): readonly Weighed[] {
  const { unsealed, unsealedSince, deadLetters, keysOverAge, keysEnding } = state
  const isLate =
    unsealedSince !== null && until.getTime() - unsealedSince.getTime() > sealedWithinMs
  const possible: readonly (Weighed | false)[] = [
    isLate && {
      severity: 'critical',
      weight: Number.MAX_SAFE_INTEGER,
      words: `The audit log is not sealed: ${unsealed} events wait since ${unsealedSince.toISOString()}`,
    },
    deadLetters > 0 && {
      severity: 'warning',
      weight: Number.MAX_SAFE_INTEGER,
      words: `Jobs that were given up: ${deadLetters}`,
    },
    keysOverAge > 0 && {
      severity: 'warning',
      weight: 0,
      words: `API keys that are over their age and refused: ${keysOverAge}`,
    },
    keysEnding > 0 && {
      severity: 'info',
      weight: 0,
      words: `API keys that end within 14 days: ${keysEnding}`,
    },
  ]
  return possible.filter((finding) => finding !== false)
}

const topics: Readonly<Record<string, string>> = {
  failedLogIn: 'Log-ins that failed',
  logIn: 'Log-ins',
  blockedAddress: 'Addresses that were closed',
}

function labelOf({ topic, name }: WeekNumbers): string {
  if (topic === 'alert') return `Alerts of ${name}`
  if (topic === 'refusal') return `Refusals of ${name}`
  if (topic === 'failure') return `Faults in ${name}`
  if (topic === 'adminChange') return `Changes by administrators, ${name}`
  return topics[topic] ?? name
}

/** One decimal below ten, none above. */
export const round = (mean: number): number =>
  mean < 10 ? Math.round(mean * 10) / 10 : Math.round(mean)
