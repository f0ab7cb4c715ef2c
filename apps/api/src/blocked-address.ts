import { AppError, secondsUntil } from '@repo/errors'
import type { FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** Until when the address is closed to whoever is not signed in; null for an open one. */
    blockedUntil: Date | null
  }
}

/** Throws `address_blocked` for an address that is closed (G31). */
export function requireUnblocked({ blockedUntil }: FastifyRequest, now: Date): void {
  if (blockedUntil === null) return
  throw new AppError('address_blocked', { retryAfterSeconds: secondsUntil(blockedUntil, now) })
}
