import type { AuditEvent } from '@repo/audit'
import { logSecurityEvent } from '@repo/logging'
import type { Context } from '../context.ts'
import { securityEventOf } from '../security-events/security-event-of.ts'

interface Ended extends Pick<AuditEvent, 'action' | 'target' | 'outcome' | 'code'> {
  readonly who: Pick<AuditEvent, 'actor' | 'onBehalfOf'>
  /** What the procedure answered with. */
  readonly data: unknown
}

/** The security event in how a procedure ended, as a line of the log; most are none. */
export function logOutcome(
  { guards }: Pick<Context, 'guards'>,
  { action, target, outcome, code, who, data }: Ended,
): void {
  const owesCode = doesOweCode(data)
  const { services, requestId, traceId, address, call, bringsSession } = guards
  const name = securityEventOf({ action, outcome, code, owesCode, bringsSession })
  if (name === null) return
  const { actor, onBehalfOf } = who
  logSecurityEvent(services.logger, name, {
    ...{ requestId, traceId, address, userId: onBehalfOf ?? actor },
    ...(onBehalfOf && actor && { impersonatorId: actor }),
    ...{ organizationId: call.organizationId, action, target, reason: code },
  })
}

/** Whether a log-in is none yet: a second factor is owed. */
export const doesOweCode = (answer: unknown): boolean =>
  Reflect.get(Object(answer), 'mfaRequired') === true
