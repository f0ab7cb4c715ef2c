import ipaddr from 'ipaddr.js'

const prefixHextets = 4

/** The key that counts an address: IPv4 whole, IPv6 by its /64, which one customer has to itself. */
export function addressKey(address: string): string {
  // What is no address shares one key, so that it can neither pass uncounted nor multiply.
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  const prefix = parsed.parts.slice(0, prefixHextets).map((hextet) => hextet.toString(16))
  return `${prefix.join(':')}::/64`
}
