export { addressKey } from './address-key.ts'
export { rateLimitHeaders } from './headers.ts'
export {
  createLimiter,
  type LimitCheck,
  type LimitDecision,
  type Limiter,
  type LimiterOptions,
} from './limiter.ts'
export { type LimitName, type LimitPolicy, limits } from './limits.ts'
