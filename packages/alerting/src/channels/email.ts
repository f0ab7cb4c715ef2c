import { createHash } from 'node:crypto'
import { type AlertChannel, alertUrlOf, type DeliverableAlert, describeTimes } from '../alert.ts'
import { reportFailure } from '../delivery-failed.ts'
import { oneLine } from '../one-line.ts'

export interface AlertMail {
  /** The same on every attempt, so that who gets it twice sees it once. */
  readonly messageId: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** One attempt; throws DeliveryError. */
export type SendMail = (mail: AlertMail, signal: AbortSignal) => Promise<void>

interface Surroundings {
  readonly sendMail: SendMail
  readonly baseUrl: string
}

const maxSubjectLength = 150

/** A mail in plain text to one address: each is tried, and fails, by itself. */
export function createEmailChannel(to: string, { sendMail, baseUrl }: Surroundings): AlertChannel {
  return {
    key: `email-${createHash('sha256').update(to.toLowerCase()).digest('hex').slice(0, 16)}`,
    name: 'email',
    deliver(alert, signal) {
      const messageId = `<alert.${alert.id}@${new URL(baseUrl).hostname}>`
      const subject = oneLine(`[${alert.severity}] ${alert.summary}`, maxSubjectLength)
      const mail = { messageId, to, subject, text: describe(alert, baseUrl) }
      return reportFailure('email', sendMail(mail, signal))
    },
  }
}

function describe(alert: DeliverableAlert, baseUrl: string): string {
  const lines = [
    alert.summary,
    '',
    `Severity: ${alert.severity}`,
    `Rule: ${alert.rule}`,
    ...(alert.subject === null ? [] : [`Subject: ${alert.subject}`]),
    `Seen: ${describeTimes(alert)}`,
    '',
    alertUrlOf(baseUrl, alert),
    '',
    `${new URL(baseUrl).host} sends its alerts to this address.`,
  ]
  return `${lines.join('\n')}\n`
}
