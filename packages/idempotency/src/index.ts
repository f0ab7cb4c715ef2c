export {
  type Answer,
  type ClaimedKey,
  type ClaimOutcome,
  createIdempotency,
  type Idempotency,
  type KeyedRequest,
} from './idempotency.ts'
