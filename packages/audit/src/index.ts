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
