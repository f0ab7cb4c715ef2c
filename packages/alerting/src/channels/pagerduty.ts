import type { Outbound } from '@repo/outbound'
import { type AlertChannel, alertUrlOf, type DeliverableAlert } from '../alert.ts'
import { reportFailure } from '../delivery-failed.ts'

export interface PagerdutyOptions {
  /** The integration key. */
  readonly routingKey: string
  /** Of another region, or of what understands the same events. */
  readonly url?: string | undefined
}

interface Surroundings {
  readonly outbound: Outbound
  readonly baseUrl: string
}

const defaultUrl = 'https://events.pagerduty.com/v2/enqueue'

/** An event of PagerDuty's Events API v2; repetitions of an alert fall into one incident. */
export function createPagerdutyChannel(
  { routingKey, url = defaultUrl }: PagerdutyOptions,
  { outbound, baseUrl }: Surroundings,
): AlertChannel {
  return {
    key: 'pagerduty',
    name: 'pagerduty',
    deliver(alert, signal) {
      const body = JSON.stringify({ routing_key: routingKey, ...toEvent(alert, baseUrl) })
      const headers = { 'content-type': 'application/json' }
      return reportFailure('pagerduty', outbound.post(url, { body, headers, signal }))
    },
  }
}

function toEvent(alert: DeliverableAlert, baseUrl: string) {
  const { id, rule, severity, subject, summary, count, firstAt, lastAt } = alert
  return {
    event_action: 'trigger',
    dedup_key: id,
    client: 'Rampart',
    client_url: baseUrl,
    links: [{ href: alertUrlOf(baseUrl, alert), text: 'The alert' }],
    payload: {
      summary,
      // Of its four, `error` is the one that is no severity of ours.
      severity,
      source: new URL(baseUrl).host,
      timestamp: lastAt,
      class: rule,
      custom_details: { subject, count, firstAt, lastAt },
    },
  }
}
