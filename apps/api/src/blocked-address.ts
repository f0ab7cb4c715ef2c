import { AppError, secondsUntil } from '@repo/errors'
import { addressKey } from '@repo/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { Services } from './services.ts'

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

/** What counts as one address. A proxy of our own speaks for everybody behind it: null. A CDN's networks are its customers' too. */
export const blockableKey = (
  address: string,
  { proxies }: Pick<Services, 'proxies'>,
): string | null => (proxies.isOwn(address) ? null : addressKey(address))
