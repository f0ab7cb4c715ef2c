export type { AuditEvent, AuditState } from './audit-event.ts'
export {
  type AuditKeeper,
  type AuditKeeperOptions,
  createAuditKeeper,
  defaultRetentionDays,
  type MadeMonth,
} from './audit-keeper.ts'
export { type AuditLog, createAuditLog } from './audit-log.ts'
export {
  type AuditChainState,
  type AuditOverview,
  createAuditOverview,
  type RefusalSource,
  type RefusalStep,
} from './audit-overview.ts'
export {
  type AuditEntry,
  type AuditReader,
  type AuditSearch,
  createAuditReader,
  createOrganizationAuditReader,
  type OrganizationAuditReader,
  type OrganizationAuditSearch,
} from './audit-reader.ts'
export {
  type AuditFinding,
  type AuditVerdict,
  type AuditVerifier,
  createAuditVerifier,
} from './audit-verifier.ts'
export { composeDigest } from './digest/compose-digest.ts'
export { type DigestMail, describeDigest, headlineOf, isQuiet } from './digest/describe-digest.ts'
export type { Digest, DigestFinding, DigestRow, DigestSection } from './digest/digest.ts'
export {
  createDigestDesk,
  createDigestKeeper,
  type DigestDesk,
  type DigestKeeper,
} from './digest/digest-desk.ts'
export { weekOf, weeksAfter } from './digest/week.ts'
