import type { Digest, DigestRow, DigestSection, WeekNumbers, WeekState } from './digest.ts'
import { findAnomalies, round, usualOf, type Week } from './find-anomalies.ts'
import { startOf, weeksAfter } from './week.ts'

// A digest is read: what is long is cut where it is small.
const maxRows = 15

const sections = [
  ['Alerts', { alert: (name: string) => name }],
  [
    'Log-ins and addresses',
    {
      failedLogIn: () => 'failed',
      logIn: () => 'succeeded',
      blockedAddress: () => 'addresses closed',
    },
  ],
  ['Refusals by procedure', { refusal: (name: string) => name }],
  ['Faults by procedure', { failure: (name: string) => name }],
  ['Changes by administrators', { adminChange: (name: string) => name }],
] as const satisfies readonly (readonly [
  title: string,
  topics: Readonly<Record<string, (name: string) => string>>,
])[]

export interface WeekSeen {
  readonly numbers: readonly WeekNumbers[]
  readonly state: WeekState
  /** When it is looked at. */
  readonly now: Date
}

/** A week as it is told, of what the database has counted. */
export function composeDigest(week: string, { numbers, state, now }: WeekSeen): Digest {
  const end = startOf(weeksAfter(week, 1))
  const isOver = now >= end
  const until = isOver ? end : now
  const seen: Week = { numbers, state, until: now, isOver }
  return {
    week,
    until: until.toISOString(),
    weeksKnown: state.weeksKnown,
    findings: findAnomalies(seen),
    sections: sections.map(([title, topics]) => toSection(title, topics, { numbers, state })),
    standing: describeStanding(state),
  }
}

function toSection(
  title: string,
  topics: Readonly<Record<string, (name: string) => string>>,
  { numbers, state }: Pick<WeekSeen, 'numbers' | 'state'>,
): DigestSection {
  const rows = numbers.flatMap((of): readonly DigestRow[] => {
    const [count = 0, before = 0] = of.weeks
    const name = topics[of.topic]?.(of.name)
    if (name === undefined || (count === 0 && before === 0)) return []
    const usual = usualOf(of, state)
    return [{ name, count, before, usual: usual === null ? null : round(usual) }]
  })
  const isLarger = (one: DigestRow, other: DigestRow) =>
    other.count - one.count || other.before - one.before
  return { title, rows: rows.toSorted(isLarger).slice(0, maxRows) }
}

function describeStanding({ sealedAt, head, unsealed, weeksKnown, ...rest }: WeekState) {
  return [
    sealedAt === null
      ? 'The audit log has not been sealed yet.'
      : `The audit log is sealed up to ${sealedAt.toISOString()}, ${unsealed} events have come since; the last hash is ${head ?? 'unknown'}.`,
    `${rest.deadLetters} jobs were given up and wait for somebody.`,
    `${rest.keysEnding} API keys end within 14 days, ${rest.keysOverAge} are over their age.`,
    weeksKnown < 2
      ? 'There are too few weeks yet to say what is usual.'
      : `Usual is the mean of the ${weeksKnown} weeks before.`,
  ]
}
