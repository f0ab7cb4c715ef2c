import { type Database, openDatabase } from '@repo/database'
import { openSql, type Sql } from '@repo/testing'
import type { AuditEvent } from '../src/audit-event.ts'
import { type AuditLog, createAuditLog } from '../src/audit-log.ts'

export interface TestLog {
  readonly log: AuditLog
  /** What the log reported: each error's message and how many events were dropped. */
  readonly reports: { readonly error: unknown; readonly dropped: number }[]
  readonly sql: Sql
  /** The targets of the events in the table, in their order there. */
  targets(): Promise<unknown[]>
  close(): Promise<void>
}

/** An audit log on the serving role's database, with the owner's way of reading it. */
export function createLog(urls: { readonly appUrl: string; readonly ownerUrl: string }): TestLog {
  const database: Database = openDatabase({ url: urls.appUrl })
  const sql = openSql(urls.ownerUrl)
  const reports: TestLog['reports'] = []
  const log = createAuditLog({
    database,
    onError: (error, dropped) => reports.push({ error, dropped }),
  })
  const targets = async () => {
    const rows = await sql.run('SELECT target FROM audit_events ORDER BY id')
    return rows.map(({ target }) => target)
  }
  async function close() {
    await log.close()
    await Promise.all([database.close(), sql.close()])
  }
  return { log, reports, sql, targets, close }
}

export const eventOf = (target: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  time: new Date('2027-01-01T12:00:00.123Z'),
  organizationId: null,
  actor: null,
  action: 'orders.create',
  target,
  outcome: 'success',
  code: null,
  address: null,
  requestId: 'request-1',
  ...more,
})
