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
}

/** What was found and is not stored yet: while Postgres is gone nothing of it is lost but the last of too many. */
export function createFindings(alerts: AlertStore, maxWaiting: number): Findings {
  const waiting = new Map<string, { readonly rule: RuleName; readonly finding: Finding }>()
  let retryAt = 0

  function add(rule: RuleName, finding: Finding): boolean {
    const id = `${rule}:${finding.subject ?? ''}`
    const known = waiting.get(id)
    if (!known && waiting.size >= maxWaiting) return false
    const added = finding.added + (known?.finding.added ?? 0)
    waiting.set(id, { rule, finding: { ...finding, added } })
    return true
  }

  return {
    add,
    async store(onAlert) {
      if (performance.now() < retryAt) return
      for (const [id, { rule, finding }] of [...waiting]) {
        // What is found meanwhile is a finding of its own.
        waiting.delete(id)
        const alert = await alerts.raise(rule, finding).catch((error: unknown) => {
          add(rule, finding)
          retryAt = performance.now() + retryMs
          throw error
        })
        if (alert) onAlert(alert)
      }
    },
  }
}
