export type { AuditEvent } from './audit-event.ts'
export { type AuditLog, createAuditLog } from './audit-log.ts'
