export type { LineShipping, ShippingCounts, ShippingReport } from './line-shipping.ts'
export {
  logSecurityEvent,
  nameEvent,
  type SecurityEventFields,
} from './log-security-event.ts'
export { createLogger, type Logger, type LoggerOptions } from './logger.ts'
export type { RequestFields } from './request-fields.ts'
export { type SecurityEventName, type SecurityField, securityEvents } from './security-events.ts'
export { type LoggedError, serializeError } from './serialize-error.ts'
