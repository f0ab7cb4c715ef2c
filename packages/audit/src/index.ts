export type { AuditEvent, AuditState } from './audit-event.ts'
export { type AuditLog, createAuditLog } from './audit-log.ts'
export {
  type AuditEntry,
  type AuditReader,
  type AuditSearch,
  createAuditReader,
} from './audit-reader.ts'
