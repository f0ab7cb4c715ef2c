import { BlockList, isIP } from 'node:net'

/** Tells whether an address is one of these, or in one of these networks (CIDR); IPv4 mapped into IPv6 is IPv4. */
export function createNetworkTest(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const bits = isIP(address) === 4 ? 32 : 128
    list.addSubnet(address, Number(prefix ?? bits), familyOf(address))
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address))
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6')
