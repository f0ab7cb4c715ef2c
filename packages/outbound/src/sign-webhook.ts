import { requireWebhookSecrets } from './webhook-secret.ts'
import { hashParts, isWebhookId } from './webhook-signature.ts'

export interface SignedWebhook {
  /** The event's, the same on every attempt: the receiver knows a repetition by it. */
  readonly id: string
  /** Of the attempt. */
  readonly time: Date
  readonly body: string
  /** Each signs, so that a receiver may have the new one or the old. */
  readonly secrets: readonly string[]
}

export type WebhookHeaders = Readonly<
  Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
>

/** The headers of a signed webhook (Standard Webhooks); throws when the id or a secret is no good. */
export function signWebhook({ id, time, body, secrets }: SignedWebhook): WebhookHeaders {
  if (!isWebhookId(id)) throw new Error('An id of a webhook is of letters, digits, - and _.')
  const timestamp = Math.floor(time.getTime() / 1_000)
  const signatures = requireWebhookSecrets(secrets).map(
    (key) => `v1,${hashParts(key, { id, timestamp, body }).toString('base64')}`,
  )
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  }
}
