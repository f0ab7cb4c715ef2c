import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import type { AuditEvent } from './audit-event.ts'

export interface AuditLog {
  /** Takes an event at once and writes it within 200 ms; never throws and never delays a reply. */
  record(event: AuditEvent): void
  /**
   * The same, for what a crash must not lose: resolves once the event is stored, beside what others wait for in the
   * same statement. Never throws: while Postgres is gone it goes on waiting like any other.
   */
  keep(event: AuditEvent): Promise<void>
  /** Writes what was recorded before. */
  flush(): Promise<void>
  /** Events since the start: those that came, those that wait to be written, and those that were lost. */
  count(): { readonly recorded: number; readonly waiting: number; readonly dropped: number }
  /** Writes what is waiting and stops; what cannot be written then is counted as dropped. */
  close(): Promise<void>
}

const flushMs = 200
const maxBatch = 500
const maxWaiting = 10_000

const insert = `
  INSERT INTO audit_events
    (time, organization_id, actor, on_behalf_of, action, target, outcome, code, address, request_id,
     before, after)
  SELECT time, "organizationId", actor, "onBehalfOf", left(action, 100), left(target, 200),
         outcome::"AuditOutcome", left(code, 50), left(address, 45), left("requestId", 64),
         nullif(before, 'null'), nullif(after, 'null')
    FROM jsonb_to_recordset($1) AS e(
      time timestamptz, "organizationId" uuid, actor uuid, "onBehalfOf" uuid, action text, target text, outcome text,
      code text, address text, "requestId" text, before jsonb, after jsonb)`

/**
 * Append-only audit in Postgres, written in batches. A killed process loses at most the last 200 ms, and nothing that
 * was kept; while Postgres is gone up to 10 000 events wait, and past that the oldest are dropped and counted.
 */
export function createAuditLog(options: {
  readonly database: Database
  readonly onError: (error: unknown, dropped: number) => void
}): AuditLog {
  let waiting: AuditEvent[] = []
  let dropped = 0
  let reported = 0
  // How many events have come, and how many of them are stored or given up: they are so in their order.
  let recorded = 0
  let settled = 0
  let writing: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null

  function keepNewest(): void {
    const lost = waiting.splice(0, Math.max(0, waiting.length - maxWaiting)).length
    dropped += lost
    settled += lost
  }

  function report(error: unknown): void {
    const lost = dropped - reported
    reported = dropped
    options.onError(error, lost)
  }

  async function insertBatch(batch: readonly AuditEvent[]): Promise<void> {
    const values = [JSON.stringify(batch)]
    await options.database.query({ name: 'audit_insert', text: insert, values })
  }

  /** Only a database that is gone is worth another try; one event that it refuses costs no other. */
  async function rescue(batch: readonly AuditEvent[], error: unknown): Promise<boolean> {
    if (error instanceof AppError && error.code === 'unavailable') {
      waiting = [...batch, ...waiting]
      keepNewest()
      report(error)
      return false
    }
    if (batch.length > 1) return writeSingly(batch)
    dropped += batch.length
    settled += batch.length
    report(error)
    return true
  }

  async function writeSingly(batch: readonly AuditEvent[]): Promise<boolean> {
    for (const [index, event] of batch.entries()) {
      if (await writeAll([event])) continue
      // Gone in the middle: this event waits in front again, and the rest behind it.
      waiting.splice(1, 0, ...batch.slice(index + 1))
      keepNewest()
      return false
    }
    return true
  }

  /** Whether the database is there to take more. */
  async function writeAll(batch: readonly AuditEvent[]): Promise<boolean> {
    try {
      await insertBatch(batch)
      settled += batch.length
      return true
    } catch (error) {
      return rescue(batch, error)
    }
  }

  /** Until that many are settled: those that come meanwhile go along, and are not waited for. */
  async function writeUntil(count: number): Promise<void> {
    const batch = waiting.splice(0, maxBatch)
    if (batch.length === 0 || !(await writeAll(batch))) return
    if (dropped > reported)
      report(new Error('Audit events came faster than they could be written.'))
    if (settled < count) await writeUntil(count)
  }

  async function write(): Promise<void> {
    next = null
    if (settled < recorded) await writeUntil(recorded)
  }

  // One writer at a time keeps the order of events; all who come meanwhile wait for the one after it, and for no more:
  // while Postgres hangs each takes seconds.
  const flush = () => {
    next ??= writing.then(write)
    writing = next
    return next
  }
  const record = (event: AuditEvent) => {
    waiting.push(event)
    recorded += 1
    keepNewest()
    if (waiting.length === maxBatch) void flush()
  }
  const timer = setInterval(() => void flush(), flushMs)
  timer.unref()

  return {
    record,
    keep(event) {
      record(event)
      return flush()
    },
    flush,
    count: () => ({ recorded, waiting: recorded - settled, dropped }),
    async close() {
      clearInterval(timer)
      await flush()
      const left = waiting.splice(0).length
      dropped += left
      settled += left
      if (dropped > reported)
        report(new Error('The audit log closed before its events could be written.'))
    },
  }
}
