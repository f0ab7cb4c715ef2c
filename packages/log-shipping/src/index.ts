export { type LogShippingOptions, openLogShipping } from './log-shipping.ts'
