import type { Config } from '@repo/config'
import { createNetworkTest } from './network-list.ts'

type IsListed = (address: string) => boolean

/** Whose word on a client counts (TRUSTED_PROXIES). */
export interface Proxies {
  readonly isOwn: IsListed
  readonly isCdn: IsListed
  readonly isEither: IsListed
}

export function createProxies({
  trustedProxies,
  cdnNetworks,
}: Pick<Config, 'trustedProxies' | 'cdnNetworks'>): Proxies {
  return {
    isOwn: createNetworkTest(trustedProxies),
    isCdn: createNetworkTest(cdnNetworks),
    isEither: createNetworkTest([...trustedProxies, ...cdnNetworks]),
  }
}
