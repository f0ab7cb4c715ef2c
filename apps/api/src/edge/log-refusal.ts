import type { ErrorCode } from '@repo/errors'
import { logSecurityEvent } from '@repo/logging'
import type { FastifyRequest } from 'fastify'
import { securityEventOf } from '../security-events/security-event-of.ts'
import type { Services } from '../services.ts'

/** The security event in what the edge refused, before any procedure was called; most are none. */
export function logRefusal(
  request: FastifyRequest,
  code: ErrorCode,
  { logger }: Pick<Services, 'logger'>,
): void {
  // Left in the middle of its body: the caller broke it off, and hears of no refusal.
  if (request.raw.destroyed && !request.raw.complete) return
  const name = securityEventOf({ action: null, outcome: 'denied', code })
  if (name === null) return
  logSecurityEvent(logger, name, {
    ...{ requestId: request.id, traceId: request.traceId, address: request.clientAddress },
    userId: request.identity?.userId ?? null,
    action: request.routeOptions.url ?? null,
    reason: code,
  })
}
