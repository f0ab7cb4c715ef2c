import { type Outbound, signWebhook } from '@repo/outbound'
import { type AlertChannel, alertUrlOf, type DeliverableAlert } from '../alert.ts'
import { reportFailure } from '../delivery-failed.ts'

export interface WebhookOptions {
  readonly url: string
  /** Each signs: `whsec_…` or base64, 32 bytes or more. */
  readonly secrets: readonly string[]
}

interface Surroundings {
  readonly outbound: Outbound
  readonly baseUrl: string
  readonly clock: () => Date
}

/** JSON, signed in the form of Standard Webhooks; `webhook-id` is the alert's id. */
export function createWebhookChannel(
  { url, secrets }: WebhookOptions,
  { outbound, baseUrl, clock }: Surroundings,
): AlertChannel {
  return {
    key: 'webhook',
    name: 'webhook',
    deliver(alert, signal) {
      const body = JSON.stringify(toEvent(alert, baseUrl))
      const signature = signWebhook({ id: alert.id, time: clock(), body, secrets })
      const headers = { 'content-type': 'application/json', ...signature }
      return reportFailure('webhook', outbound.post(url, { body, headers, signal }))
    },
  }
}

function toEvent(alert: DeliverableAlert, baseUrl: string) {
  const { id, rule, severity, subject, summary, count, firstAt, lastAt } = alert
  const url = alertUrlOf(baseUrl, alert)
  return {
    type: 'alert.raised',
    id,
    timestamp: lastAt,
    data: { id, rule, severity, subject, summary, count, firstAt, lastAt, url },
  }
}
