import { type AlertChannel, type DeliverableAlert, DeliveryFailed } from '@repo/alerting'
import { type DeliveryHandler, PermanentFailure, RetryLater } from '@repo/jobs'
import { z } from 'zod'
import type { Services } from '../services.ts'

const due = z.object({ alertId: z.uuid(), channel: z.string() })

const alertById = `
  SELECT id, rule, severity::text, subject, summary, count, first_at AS "firstAt", last_at AS "lastAt"
    FROM alerts WHERE id = $1`

const ways: readonly AlertChannel['name'][] = ['webhook', 'slack', 'pagerduty', 'email']

/** Brings an alert to one channel, at least once, under the alert's id. */
export function createAlertDeliveries({
  database,
  alerts,
}: Pick<Services, 'database' | 'alerts'>): readonly DeliveryHandler[] {
  async function findAlert(id: string): Promise<DeliverableAlert> {
    const query = { name: 'alert_by_id', text: alertById, values: [id] }
    const [alert] = await database.query<DeliverableAlert & Record<string, unknown>>(query)
    if (!alert) throw new PermanentFailure('There is no such alert any more.')
    return alert
  }
  return ways.map((way) => ({
    queue: `alert-${way}`,
    concurrency: 2,
    async run({ data }, signal) {
      const { alertId, channel: wanted } = due.parse(data)
      const channel = alerts.channels.find(({ key }) => key === wanted)
      // Not for good: another worker may have been told of it already.
      if (!channel) throw new Error('Alerts do not go there.')
      await channel.deliver(await findAlert(alertId), signal).catch((error: unknown) => {
        throw toJobFailure(error)
      })
    },
  }))
}

/** Says whether, and from when, another attempt may help. */
function toJobFailure(error: unknown): unknown {
  if (!(error instanceof DeliveryFailed)) return error
  const { message, permanent, retryAfterSeconds } = error
  if (permanent) return new PermanentFailure(message, { cause: error })
  if (retryAfterSeconds === undefined) return error
  return new RetryLater(message, { cause: error, retryAfterSeconds })
}
