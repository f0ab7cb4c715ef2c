/** What happened within a week, and what of it is out of the ordinary (G32). */
export interface Digest {
  /** Its Monday, such as `2026-11-23`. */
  readonly week: string
  /** To when it was looked at: the week's end, unless it is still running. */
  readonly until: string
  /** How many weeks before it there are to compare with, eight at most. */
  readonly weeksKnown: number
  /** What somebody should look at, the worst first; none in a quiet week. */
  readonly findings: readonly DigestFinding[]
  readonly sections: readonly DigestSection[]
  readonly standing: readonly string[]
}

export interface DigestFinding {
  readonly severity: 'critical' | 'warning' | 'info'
  readonly words: string
}

export interface DigestSection {
  readonly title: string
  /** The largest first. */
  readonly rows: readonly DigestRow[]
}

export interface DigestRow {
  readonly name: string
  readonly count: number
  /** In the week before. */
  readonly before: number
  /** The mean of the weeks that are known; null where they are too few. */
  readonly usual: number | null
}

/** Numbers of one kind: of the week first, then of the eight before it. */
export interface WeekNumbers {
  readonly topic: string
  readonly name: string
  /** Of alerts. */
  readonly severity: 'critical' | 'warning' | 'info' | null
  readonly weeks: readonly number[]
}

/** How things stand when a week is looked at. */
export interface WeekState {
  readonly weeksKnown: number
  readonly sealedAt: Date | null
  readonly head: string | null
  readonly unsealed: number
  readonly unsealedSince: Date | null
  readonly deadLetters: number
  readonly keysEnding: number
  readonly keysOverAge: number
}
