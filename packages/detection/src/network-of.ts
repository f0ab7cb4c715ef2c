import ipaddr from 'ipaddr.js'

const v4Octets = 3
const v6Hextets = 3

/** The network an address, or a part of it (`…/64`), is in: the /24 of IPv4, the /48 of IPv6, which one customer or site has; null for none. */
export function networkOf(of: string): string | null {
  const [address = ''] = of.split('/')
  if (!ipaddr.isValid(address)) return null
  const parsed = ipaddr.process(address)
  if (parsed instanceof ipaddr.IPv6) {
    const hextets = parsed.parts.slice(0, v6Hextets).map((hextet) => hextet.toString(16))
    return `${hextets.join(':')}::/48`
  }
  return `${parsed.octets.slice(0, v4Octets).join('.')}.0/24`
}
