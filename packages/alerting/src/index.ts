export type { AlertChannel, DeliverableAlert } from './alert.ts'
export type { AlertMail, SendMail } from './channels/email.ts'
export { type AlertChannelOptions, createAlertChannels } from './create-alert-channels.ts'
export { DeliveryFailed } from './delivery-failed.ts'
