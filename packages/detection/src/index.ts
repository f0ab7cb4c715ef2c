export { type AddressBlock, type AddressBlocks, createAddressBlocks } from './address-blocks.ts'
export {
  type AlertDesk,
  type AlertEntry,
  type AlertSearch,
  createAlertDesk,
  type SettledStatus,
} from './alert-desk.ts'
export { type Alert, type AlertStore, createAlertStore } from './alert-store.ts'
export { createDetection, type Detection, type DetectionOptions } from './detection.ts'
export { networkOf } from './network-of.ts'
export type { Finding, Measure, Rule, Severity } from './rule.ts'
export { type RuleName, ruleNames, rules } from './rules.ts'
export type { EventKind, EventOf, SecurityEvent } from './security-event.ts'
