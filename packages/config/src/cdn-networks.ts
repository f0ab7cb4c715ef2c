import ipaddr from 'ipaddr.js'
import lists from './cdn-networks.json' with { type: 'json' }
import { isNetwork } from './is-network.ts'

/** A CDN whose published networks are known here. */
export type Cdn = keyof typeof lists

const cdns: readonly string[] = Object.keys(lists)

/** The networks from which a CDN speaks to its origins, as published on a day (`pnpm proxies:refresh`). */
export const networksOf = (cdn: Cdn): readonly string[] => lists[cdn].networks

export const isCdn = (name: string): name is Cdn => cdns.includes(name)

// The widest that is published is a /13, and in IPv6 a /29.
const leastPrefix = { ipv4: 12, ipv6: 28 } as const

/** Whether a network may stand in the list of a CDN: public, and not so wide that it could be anybody. */
export function isCdnNetwork(text: string): boolean {
  if (!isNetwork(text) || !text.includes('/')) return false
  const [address, prefix] = ipaddr.parseCIDR(text)
  return address.range() === 'unicast' && prefix >= leastPrefix[address.kind()]
}

/** What may stand in TRUSTED_PROXIES. */
export const isProxy = (text: string): boolean => isNetwork(text) || isCdn(text)

export const proxyRule = `must be a list of addresses, CIDRs (none of them everybody) and names (${cdns.join(', ')})`
