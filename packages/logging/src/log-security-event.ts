import type { Logger } from './logger.ts'
import { type SecurityEventName, type SecurityField, securityEvents } from './security-events.ts'

/** What a security event says; ids and words of ours, never what a caller wrote. */
export interface SecurityEventFields
  extends Partial<Readonly<Record<SecurityField, string | null>>> {
  readonly requestId?: string
  readonly traceId?: string
  readonly address?: string
  /** Who acts as the user, where it is not themselves. */
  readonly impersonatorId?: string
  readonly clientId?: string | null
  readonly organizationId?: string | null
}

type EventLogger = Pick<Logger, 'info' | 'warn' | 'error' | 'fatal' | 'countEvent'>

/** One line: the event's name with what it says in `event`, the fields by themselves, and its description. */
export function logSecurityEvent(
  logger: EventLogger,
  name: SecurityEventName,
  fields: SecurityEventFields = {},
): void {
  const { level, description } = securityEvents[name]
  logger.countEvent(name)
  logger[level]({ event: nameEvent(name, fields), ...fields }, description)
}

/** As the vocabulary writes it, such as `authz_fail:<userId>,orders.get`; `-` for what is unknown. */
export function nameEvent(name: SecurityEventName, fields: SecurityEventFields = {}): string {
  const said = securityEvents[name].says.map((field) => fields[field] ?? unknown)
  return said.every((value) => value === unknown) ? name : `${name}:${said.join()}`
}

const unknown = '-'
