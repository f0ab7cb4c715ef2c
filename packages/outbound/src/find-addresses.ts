import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { AddressGuard } from './address-guard.ts'
import { codeOf } from './code-of.ts'
import { OutboundError } from './outbound-error.ts'
import type { Target } from './read-target.ts'

/** The addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

export interface Rules {
  readonly guard: AddressGuard
  readonly allowedPorts: readonly number[]
  readonly resolve: Resolve
}

/** As the machine resolves names: /etc/hosts, the search list and the name servers. */
export async function resolveByMachine(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, order: 'verbatim' })
  return found.map(({ address }) => address)
}

/**
 * The addresses of a target, asked for once: connect to these and ask nobody again. Throws OutboundError
 * unless every one of them may be connected to: a name that is both inside and outside is an attack.
 */
export async function findAddresses(target: Target, rules: Rules): Promise<readonly string[]> {
  const { hostname, secure, port } = target
  const addresses = isIP(hostname) ? [hostname] : await resolveName(hostname, rules.resolve)
  const standings = addresses.map(rules.guard)
  if (standings.includes('refused')) throw new OutboundError('refused_address')
  // Plain HTTP, and any port, is for the operator's own networks.
  const isOwn = standings.every((standing) => standing === 'allowed')
  if (!isOwn && !(secure && rules.allowedPorts.includes(port))) {
    throw new OutboundError('refused_url')
  }
  return addresses
}

async function resolveName(hostname: string, resolve: Resolve): Promise<readonly string[]> {
  const addresses = await resolve(hostname).catch((error: unknown) => {
    throw new OutboundError('unreachable', { reason: codeOf(error) })
  })
  if (addresses.length === 0) throw new OutboundError('unreachable', { reason: 'ENOTFOUND' })
  return addresses
}
