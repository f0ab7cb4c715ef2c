export interface Losses {
  /** Counts events that were lost, and why where something has failed. */
  add(events: number, error?: unknown): void
  /** Tells of them: at once when it begins, and of all the others when it is over. */
  report(isTried: boolean): void
  /** Tells of all that it has not told yet: nothing comes after it. */
  close(): void
  count(): number
}

/** What could not be counted, told twice for each outage however long it is. */
export function createLosses(tell: (error: unknown, dropped: number) => void): Losses {
  let total = 0
  let told = 0
  let latest: unknown = null
  let isFailing = false
  let hasFailed = false

  function tellOf(error: unknown): void {
    tell(error, total - told)
    told = total
  }

  return {
    add(events, error = new Error('Security events came faster than they could be counted.')) {
      total += events
      latest = error
      hasFailed = true
    },
    report(isTried) {
      if (hasFailed && !isFailing) tellOf(latest)
      else if (!hasFailed && isTried && isFailing && total > told) tellOf(latest)
      if (hasFailed || isTried) isFailing = hasFailed
      hasFailed = false
    },
    close() {
      if (total > told) tellOf(latest)
    },
    count: () => total,
  }
}
