import { isIP } from 'node:net'

/** Whether the text is an address or a CIDR, but not one that holds every address (`/0`). */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return false
  if (prefix === undefined) return true
  const bits = Number(prefix)
  return /^\d{1,3}$/.test(prefix) && bits > 0 && bits <= (version === 4 ? 32 : 128)
}

// 10.0.0.0/8 and fc00::/7, the widest private ones.
const leastPrefix = { ipv4: 8, ipv6: 7 } as const

/** Whether the text is an address or a CIDR, and not so wide that it could be everybody's. */
export function isOwnNetwork(text: string): boolean {
  if (!isNetwork(text)) return false
  const [address = '', prefix] = text.split('/')
  const least = isIP(address) === 6 ? leastPrefix.ipv6 : leastPrefix.ipv4
  return prefix === undefined || Number(prefix) >= least
}
