export { createPublicResolve } from './find-addresses.ts'
export {
  createOutbound,
  type Outbound,
  type OutboundMessage,
  type OutboundOptions,
} from './outbound.ts'
export { type OutboundCode, OutboundError } from './outbound-error.ts'
export { readRetryAfter } from './retry-after.ts'
export { type SignedWebhook, signWebhook, type WebhookHeaders } from './sign-webhook.ts'
export { type ReceivedWebhook, verifyWebhook } from './verify-webhook.ts'
export { readWebhookSecret } from './webhook-secret.ts'
