import { lookup, Resolver } from 'node:dns/promises'
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
 * For names that strangers wrote: the name servers alone are asked, by no search list, which leads to names inside. A name
 * whose server is silent costs a socket's wait of some seconds, where `getaddrinfo` would hold one of the few threads
 * that every look-up of the process shares.
 */
export function createPublicResolve(servers?: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: 1_500, tries: 2 })
  if (servers) resolver.setServers(servers)
  return async (hostname) => {
    const name = hostname.replace(/\.?$/, '.')
    const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const found = [four, six].flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    if (found.length === 0 && four.status === 'rejected') throw four.reason
    return found
  }
}

/**
 * The addresses of a target, asked for once: connect to these and ask nobody again. Throws OutboundError
 * unless every one of them may be connected to: a name that is both inside and outside is an attack.
 */
export async function findAddresses(target: Target, rules: Rules): Promise<readonly string[]> {
  const { hostname } = target
  const addresses = isIP(hostname) ? [hostname] : await resolveName(hostname, rules.resolve)
  requireAllowed(target, addresses, rules)
  return addresses
}

/**
 * Throws OutboundError for a target that can be seen to be refused before a name is asked for: an address, a name that
 * is never a public one, plain HTTP, a port.
 */
export function requirePlausible(target: Target, rules: Rules): void {
  const { hostname } = target
  if (isIP(hostname)) requireAllowed(target, [hostname], rules)
  else if (/^(.+\.)?localhost\.?$/.test(hostname)) requireAllowed(target, loopback, rules)
  else if (privateName.test(hostname)) throw new OutboundError('refused_address')
  else requirePublicForm(target, rules)
}

const loopback = ['127.0.0.1', '::1']
// Of one label, or under what is set aside for networks of one's own (RFC 6762, RFC 8375, ICANN's .internal).
const privateName = /^[^.]+\.?$|\.(local|internal|home\.arpa)\.?$/

function requireAllowed(target: Target, addresses: readonly string[], rules: Rules): void {
  const standings = addresses.map(rules.guard)
  if (standings.includes('refused')) throw new OutboundError('refused_address')
  // Plain HTTP, and any port, is for the operator's own networks.
  if (!standings.every((standing) => standing === 'allowed')) requirePublicForm(target, rules)
}

function requirePublicForm({ secure, port }: Target, { allowedPorts }: Rules): void {
  if (!(secure && allowedPorts.includes(port))) throw new OutboundError('refused_url')
}

async function resolveName(hostname: string, resolve: Resolve): Promise<readonly string[]> {
  const addresses = await resolve(hostname).catch((error: unknown) => {
    throw new OutboundError('unreachable', { reason: codeOf(error) })
  })
  if (addresses.length === 0) throw new OutboundError('unreachable', { reason: 'ENOTFOUND' })
  return addresses
}
