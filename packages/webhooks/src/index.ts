export {
  createWebhooks,
  type EndpointOf,
  type EndpointSecret,
  type NewEndpoint,
  type RotatedSecret,
  type Webhooks,
} from './create-webhooks.ts'
export { secretContext as webhookSecretContext } from './endpoint-secret.ts'
export { eventTypes, everyEvent } from './event-types.ts'
export { createWebhookDelivery, type DeliveryErrorKind } from './webhook-delivery.ts'
export { webhookDisabledMail } from './webhook-disabled-mail.ts'
export { createWebhookOutbound } from './webhook-outbound.ts'
