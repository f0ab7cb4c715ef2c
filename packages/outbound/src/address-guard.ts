import { BlockList, isIP } from 'node:net'

/** `allowed` is what the operator named, `public` is anybody's; everything else is not connected to. */
export type Standing = 'public' | 'allowed' | 'refused'

export type AddressGuard = (address: string) => Standing

type Family = 'ipv4' | 'ipv6'

// Nobody's receiver is there, whatever an operator allows: this host, groups, and what clouds tell their machines.
const never = listOf([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '100.100.100.200/32', // Alibaba Cloud's metadata
  '168.63.129.16/32', // Azure's host agent, in public space
  '::/128',
  'fe80::/10',
  'ff00::/8',
  'fd00:ec2::/32', // AWS's metadata and name servers
  'fd20:ce::254/128', // Google Cloud's metadata
])

// IANA's registries of special-purpose addresses (RFC 6890), as of 2026: what is not globally reachable.
const special = listOf([
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '240.0.0.0/4',
  '2001::/23', // protocols, with Teredo, which holds an IPv4 address
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which holds an IPv4 address
  '3fff::/20', // documentation
])

// All that is given out of IPv6. Outside are loopback, ULA (fc00::/7), and what holds an IPv4 address:
// mapped (::ffff:0:0/96), compatible (::/96) and NAT64 (64:ff9b::/96, 64:ff9b:1::/48).
const givenOut = listOf(['2000::/3'])

/** Judges addresses, each by itself; throws when an allowed network is none, or everybody. */
export function createAddressGuard(allowedNetworks: readonly string[]): AddressGuard {
  const allowed = listOf(allowedNetworks)
  return (address) => {
    const family = familyOf(address)
    if (family === null || never.check(address, family)) return 'refused'
    if (allowed.check(address, family)) return 'allowed'
    return isPublic(address, family) ? 'public' : 'refused'
  }
}

const isPublic = (address: string, family: Family) =>
  !special.check(address, family) && (family === 'ipv4' || givenOut.check(address, family))

/** Of an address in its plain spelling; null for any other text, and for one with a zone. */
function familyOf(address: string): Family | null {
  const version = address.includes('%') ? 0 : isIP(address)
  return version === 0 ? null : version === 4 ? 'ipv4' : 'ipv6'
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = familyOf(address)
    if (family === null) throw new Error('An allowed network is neither an address nor a CIDR.')
    const bits = prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix)
    if (bits === 0) throw new Error('An allowed network is everybody.')
    // Throws for a prefix that is none.
    list.addSubnet(address, bits, family)
  }
  return list
}
