import { BlockList } from 'node:net'
import type { Rule } from '../rules.ts'
import type { Manifest, Peer, PolicyRule, Selector } from './manifest.ts'

/** Private networks, and those of a cloud's metadata: who may ask the whole internet may not ask these (G9). */
const ownNetworks = ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'] as const
const own = new BlockList()
for (const network of ownNetworks) {
  const [address, bits] = network.split('/')
  own.addSubnet(String(address), Number(bits))
}
/** A network of one's own that is smaller than this is somebody's, not everybody's. */
const leastBits = 16

/** What a NetworkPolicy lets through that ours may not. */
export function rulesOfPolicy({ spec = {}, metadata }: Manifest): readonly Rule[] {
  const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])]
  const peers = rules.flatMap(peersOf)
  // The door of the cluster has ports of its own, and its networks are the CDN's.
  const isOfEdge = metadata.namespace === 'ingress' && !spec.egress
  return [
    [rules.some((rule) => peersOf(rule).length === 0), 'lets everybody through'],
    [peers.some(isEverybody), 'lets pods of every kind through'],
    [!isOfEdge && rules.some(opensPorts), 'opens more ports than it names'],
    [peers.some(({ ipBlock }) => ipBlock && reachesOwn(ipBlock)), 'opens networks of its own'],
  ]
}

const peersOf = ({ from, to }: PolicyRule) => from ?? to ?? []

const isEmpty = (selector: Selector | undefined) =>
  selector !== undefined && Object.keys(selector.matchLabels ?? {}).length === 0

const isEverybody = ({ namespaceSelector, podSelector, ipBlock }: Peer) =>
  !ipBlock && (isEmpty(namespaceSelector) || isEmpty(podSelector))

const opensPorts = ({ ports = [] }: PolicyRule) =>
  ports.length === 0 ||
  ports.some(({ port, endPort }) => typeof port !== 'number' || endPort !== undefined)

/** Whether a part of the block is a whole network of one's own; a metadata service is one by itself. */
function reachesOwn({ cidr, except = [] }: NonNullable<Peer['ipBlock']>): boolean {
  const [address = '', bits = '0'] = cidr.split('/')
  if (address.includes(':')) return Number(bits) < 20
  if (address.startsWith('169.254.')) return true
  if (own.check(address)) return Number(bits) < leastBits
  return Number(bits) < 8 && !ownNetworks.every((network) => except.includes(network))
}
