import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import type { Alert } from './alert-store.ts'

/** An alert, and who has done what about it. */
export interface AlertEntry extends Omit<Alert, 'rule'> {
  /** One that a later version has dropped, too. */
  readonly rule: string
  readonly acknowledgedBy: string | null
  readonly acknowledgedAt: Date | null
  readonly resolvedBy: string | null
  readonly resolvedAt: Date | null
}

/** What is looked for; what is left out matches every alert. */
export interface AlertSearch {
  readonly status?: Alert['status'] | undefined
  readonly severity?: Alert['severity'] | undefined
  readonly rule?: string | undefined
  /** The id of the last alert seen; the next are older. */
  readonly before?: string | undefined
  readonly limit: number
}

export interface AlertChange {
  readonly before: { readonly status: string }
  readonly after: { readonly status: string }
}

/** What administrators of the platform do about alerts. */
export interface AlertDesk {
  /** The newest first. */
  list(search: AlertSearch): Promise<readonly AlertEntry[]>
  /** Throws `not_found`. */
  get(alertId: string): Promise<AlertEntry>
  /** Changes nothing where it is settled that far already; throws `not_found`. */
  settle(adminId: string, alertId: string, status: SettledStatus): Promise<AlertChange>
}

export type SettledStatus = Exclude<Alert['status'], 'open'>

type ChangeRow = AlertChange & { readonly outcome: 'done' | 'forbidden' | 'not_found' }

const columns = `
  a.id, a.rule, a.severity, a.subject, a.summary, a.count, a.first_at AS "firstAt", a.last_at AS "lastAt", a.status,
  a.acknowledged_by AS "acknowledgedBy", a.acknowledged_at AS "acknowledgedAt", a.resolved_by AS "resolvedBy",
  a.resolved_at AS "resolvedAt"`

// As a text of its own for each status and severity, so that those that nobody has settled are found by their index.
const pageOf = (status: Alert['status'] | 'any', severity: Alert['severity'] | 'any') => `
  SELECT ${columns} FROM platform.alerts a
   WHERE ${status === 'any' ? 'true' : `a.stored_status = '${status}'`}
     AND ${severity === 'any' ? 'true' : `a.stored_severity = '${severity}'`} AND ($1::text IS NULL OR a.rule = $1)
     AND ($2::uuid IS NULL
          OR (a.first_at, a.id) < (SELECT b.first_at, b.id FROM platform.alerts b WHERE b.id = $2))
   ORDER BY a.first_at DESC, a.id DESC LIMIT $3`

export function createAlertDesk(options: {
  /** By a role that may: the platform's. */
  readonly platform: Database
  readonly clock: () => Date
}): AlertDesk {
  const { platform, clock } = options
  const ask = <Row extends object>(name: string, text: string, values: readonly unknown[]) =>
    platform.query<Row & Record<string, unknown>>({ name, text, values })
  return {
    list({ status, severity, rule = null, before = null, limit }) {
      const wanted = [status ?? 'any', severity ?? 'any'] as const
      const name = `platform_alerts_${wanted.join('_')}`
      return ask<AlertEntry>(name, pageOf(...wanted), [rule, before, limit])
    },
    async get(alertId) {
      const text = `SELECT ${columns} FROM platform.alerts a WHERE a.id = $1`
      const [alert] = await ask<AlertEntry>('platform_alert', text, [alertId])
      if (!alert) throw new AppError('not_found')
      return alert
    },
    async settle(adminId, alertId, status) {
      const text = 'SELECT * FROM platform.settle_alert($1, $2, $3, $4)'
      const values = [adminId, alertId, status, clock()]
      const [row] = await ask<ChangeRow>('platform_settle_alert', text, values)
      if (row?.outcome !== 'done') throw new AppError(row?.outcome ?? 'internal')
      return { before: row.before, after: row.after }
    },
  }
}
