import type { Outbound } from '@repo/outbound'
import { type AlertChannel, toBoundedAlert } from './alert.ts'
import { createEmailChannel, type SendMail } from './channels/email.ts'
import { createPagerdutyChannel, type PagerdutyOptions } from './channels/pagerduty.ts'
import { createSlackChannel, type SlackOptions } from './channels/slack.ts'
import { createWebhookChannel, type WebhookOptions } from './channels/webhook.ts'

export interface AlertChannelOptions {
  /** One of the operator's, who writes these URLs: it may allow networks of theirs. */
  readonly outbound: Outbound
  readonly sendMail: SendMail
  readonly webhook?: WebhookOptions | undefined
  readonly slack?: SlackOptions | undefined
  readonly pagerduty?: PagerdutyOptions | undefined
  /** Each address is a channel of its own. */
  readonly email?: { readonly to: readonly string[] } | undefined
  /** An origin, without a slash at its end. */
  readonly baseUrl: string
  readonly clock?: () => Date
}

/** The channels that are configured, in a fixed order; none of them tries twice. */
export function createAlertChannels(options: AlertChannelOptions): readonly AlertChannel[] {
  const { webhook, slack, pagerduty, email, clock = () => new Date() } = options
  const { outbound, baseUrl } = options
  const channels = [
    ...(webhook ? [createWebhookChannel(webhook, { outbound, baseUrl, clock })] : []),
    ...(slack ? [createSlackChannel(slack, options)] : []),
    ...(pagerduty ? [createPagerdutyChannel(pagerduty, options)] : []),
    ...(email?.to ?? []).map((to) => createEmailChannel(to, options)),
  ]
  return channels.map(({ key, name, deliver }) => ({
    key,
    name,
    deliver: async (alert, signal) => deliver(toBoundedAlert(alert), signal),
  }))
}
