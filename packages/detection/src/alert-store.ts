import type { Database } from '@repo/database'
import type { Finding, Severity } from './rule.ts'
import { type RuleName, rules } from './rules.ts'

/** What a rule has found about a subject, and what became of it. */
export interface Alert {
  /** Of its delivery too: whoever gets it twice can tell. */
  readonly id: string
  readonly rule: RuleName
  readonly severity: Severity
  /** Null where it is about the whole of the API. */
  readonly subject: string | null
  readonly summary: string
  readonly count: number
  readonly firstAt: Date
  readonly lastAt: Date
  readonly status: 'open' | 'acknowledged' | 'resolved'
}

export interface AlertStore {
  /**
   * The new alert; null where one stands already that counts it: of the same rule and subject, not resolved, and
   * younger than the rule's time to arm again. All processes agree on it. Its id is the finding's, a UUID: asked again
   * under the same, since no answer came, it is the new alert still.
   */
  raise(rule: RuleName, finding: Finding, findingId: string): Promise<Alert | null>
}

interface RaisedRow {
  readonly alert_id: string
  readonly is_new: boolean
  readonly subject: string | null
  readonly count: number
  readonly first_at: Date
}

/** Alerts in Postgres, stored once each. */
export function createAlertStore(options: {
  readonly database: Database
  readonly clock: () => Date
}): AlertStore {
  const { database, clock } = options
  return {
    async raise(name, finding, findingId) {
      const { severity, rearmSeconds, ...rule } = rules[name]
      const summary = rule.summary(finding)
      const at = clock()
      const counts = [finding.total, finding.added]
      const [row] = await database.query<RaisedRow & Record<string, unknown>>({
        name: 'raise_alert',
        text: 'SELECT * FROM identity.raise_alert($1, $2, $3, $4, $5, $6, $7, $8, $9)',
        values: [name, severity, finding.subject, summary, ...counts, at, rearmSeconds, findingId],
      })
      if (!row?.is_new) return null
      const { alert_id: id, subject, count, first_at: firstAt } = row
      const times = { firstAt, lastAt: at }
      return { id, rule: name, severity, subject, summary, count, ...times, status: 'open' }
    },
  }
}
