import { type AlertChannel, createAlertChannels } from '@repo/alerting'
import type { WorkerConfig } from '@repo/config'
import { openMailTransport, parseSender } from '@repo/mail'
import { createOutbound } from '@repo/outbound'

export interface AlertChannels {
  readonly channels: readonly AlertChannel[]
  close(): void
}

// Less than a stopping worker waits for what runs.
const mailAttemptMs = 10_000

/** Where alerts go, as it is configured: to nowhere, when nothing is. */
export function openAlertChannels(config: WorkerConfig): AlertChannels {
  const { alerting, baseUrl, outboundAllowedNetworks: allowedNetworks } = config
  const { webhook, slackUrl, pagerduty, emails } = alerting
  const transport = openMailTransport(config.smtpUrl.reveal())
  const from = parseSender(config.mailFrom)
  const channels = createAlertChannels({
    outbound: createOutbound({ allowedNetworks }),
    sendMail: (mail, signal) =>
      transport.deliver(
        { ...mail, from, sequence: 0, time: new Date() },
        AbortSignal.any([signal, AbortSignal.timeout(mailAttemptMs)]),
      ),
    webhook: webhook
      ? {
          url: webhook.url.reveal(),
          secrets: webhook.secrets.map((secret) => secret.reveal()),
        }
      : undefined,
    slack: slackUrl ? { url: slackUrl.reveal() } : undefined,
    pagerduty: pagerduty
      ? { routingKey: pagerduty.routingKey.reveal(), url: pagerduty.url?.reveal() }
      : undefined,
    email: { to: emails },
    baseUrl,
  })
  return { channels, close: () => transport.close() }
}
