import { AppError, secondsUntil } from '@repo/errors'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

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

/** Whether an address is one of these, or in one of these networks (CIDR). */
export function isWithin(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return networks.some((network) => {
    const [base, bits] = network.includes('/')
      ? ipaddr.parseCIDR(network)
      : ([ipaddr.parse(network), null] as const)
    if (base.kind() !== parsed.kind()) return false
    return parsed.match(base, bits ?? (base.kind() === 'ipv4' ? 32 : 128))
  })
}
