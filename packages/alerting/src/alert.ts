import { oneLine } from './one-line.ts'

/** An alert as it is told. `rule`, `subject` and `summary` may hold what strangers wrote. */
export interface DeliverableAlert {
  /** The same on every attempt: letters, digits, - and _. */
  readonly id: string
  readonly rule: string
  readonly severity: 'info' | 'warning' | 'critical'
  readonly subject: string | null
  readonly summary: string
  readonly count: number
  readonly firstAt: Date
  readonly lastAt: Date
}

export interface AlertChannel {
  /** Stable and unique among the channels, and no secret: what a job names the channel by. */
  readonly key: string
  readonly name: 'webhook' | 'slack' | 'pagerduty' | 'email'
  /** One attempt. Throws DeliveryFailed; the receiver knows a repetition by the alert's id. */
  deliver(alert: DeliverableAlert, signal: AbortSignal): Promise<void>
}

const maxRuleLength = 100
const maxSubjectLength = 300
const maxSummaryLength = 1_000

/** The same with each text on a line of its own, and bounded; throws when the id is none. */
export function toBoundedAlert(alert: DeliverableAlert): DeliverableAlert {
  if (!/^[\w-]{1,128}$/.test(alert.id)) throw new Error("An alert's id is no id.")
  return {
    ...alert,
    rule: oneLine(alert.rule, maxRuleLength),
    subject: alert.subject === null ? null : oneLine(alert.subject, maxSubjectLength),
    summary: oneLine(alert.summary, maxSummaryLength),
  }
}

/** Where an administrator of the platform sees it. */
export const alertUrlOf = (baseUrl: string, { id }: DeliverableAlert) =>
  `${baseUrl}/admin/alerts/${id}`

/** How often, and from when to when. */
export function describeTimes({ count, firstAt, lastAt }: DeliverableAlert): string {
  const [from, to] = [firstAt.toISOString(), lastAt.toISOString()]
  return count === 1 ? `once, at ${to}` : `${count} times, from ${from} to ${to}`
}
