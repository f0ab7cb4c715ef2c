import { randomUUID } from 'node:crypto'
import type { Alert, AlertStore } from './alert-store.ts'
import type { Finding } from './rule.ts'
import type { RuleName } from './rules.ts'

// In an outage Postgres is asked this often.
const retryMs = 1_000

export interface Findings {
  /** Keeps a finding until it is stored; false where too many wait. */
  add(rule: RuleName, finding: Finding): boolean
  /** Stores what waits, one after the other; throws at the first that cannot be, and keeps it and the rest. */
  store(onAlert: (alert: Alert) => void): Promise<void>
  /** Lets the next `store` try, though the last has failed a moment ago. */
  retryNow(): void
  /** Of how many events what was found waits. */
  countWaiting(): number
}

interface Waiting {
  /** The same on every attempt, so that a store whose answer was lost knows it again. */
  readonly id: string
  readonly rule: RuleName
  readonly finding: Finding
}

/** What was found and is not stored yet: while Postgres is gone nothing of it is lost but the last of too many. */
export function createFindings(alerts: AlertStore, maxWaiting: number): Findings {
  const waiting = new Map<string, Waiting>()
  let retryAt = 0

  /** Behind all others: one that Postgres never takes stops none of them. */
  function postpone(key: string, tried: Waiting): void {
    const latest = waiting.get(key) ?? tried
    waiting.delete(key)
    waiting.set(key, latest)
    retryAt = performance.now() + retryMs
  }

  /** What was found of the same meanwhile is a finding of its own. */
  function settle(key: string, stored: Waiting): void {
    const latest = waiting.get(key) ?? stored
    waiting.delete(key)
    if (latest === stored) return
    const added = latest.finding.added - stored.finding.added
    waiting.set(key, { ...latest, id: randomUUID(), finding: { ...latest.finding, added } })
  }

  return {
    add(rule, finding) {
      const key = `${rule}:${finding.subject ?? ''}`
      const known = waiting.get(key)
      if (!known && waiting.size >= maxWaiting) return false
      const added = finding.added + (known?.finding.added ?? 0)
      waiting.set(key, { id: known?.id ?? randomUUID(), rule, finding: { ...finding, added } })
      return true
    },
    async store(onAlert) {
      if (performance.now() < retryAt) return
      for (const [key, tried] of [...waiting]) {
        const { rule, finding, id } = tried
        const alert = await alerts.raise(rule, finding, id).catch((error: unknown) => {
          postpone(key, tried)
          throw error
        })
        settle(key, tried)
        if (alert) onAlert(alert)
      }
    },
    retryNow() {
      retryAt = 0
    },
    countWaiting: () =>
      [...waiting.values()].reduce((events, { finding }) => events + finding.added, 0),
  }
}
