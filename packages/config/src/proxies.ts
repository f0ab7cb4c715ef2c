import { isCdn, isCdnNetwork, networksOf } from './cdn-networks.ts'
import type { Environment } from './environment.ts'
import { isNetwork } from './is-network.ts'
import type { Variables } from './redis-config.ts'
import { Secret } from './secret.ts'

export interface ProxyConfig {
  /** The proxies of our own, by address: their X-Forwarded-* count, and they are never blocked. */
  readonly trustedProxies: readonly string[]
  /** The networks of the CDNs in front, whose X-Forwarded-* count; others are their customers too. */
  readonly cdnNetworks: readonly string[]
  /** Our CDN sends one of them with each request; without any, whoever reaches this process is answered. */
  readonly originSecrets: readonly Secret[]
}

/** What TRUSTED_PROXIES and ORIGIN_SECRETS say together. */
export function readProxies(values: Environment): ProxyConfig {
  return {
    trustedProxies: Object.freeze(values.TRUSTED_PROXIES.filter(isNetwork)),
    cdnNetworks: Object.freeze(values.TRUSTED_PROXIES.filter(isCdn).flatMap(networksOf)),
    originSecrets: Object.freeze(values.ORIGIN_SECRETS.map((secret) => new Secret(secret))),
  }
}

/** What is wrong with them, in sentences without values. */
export function findProxyProblems(given: Variables): readonly string[] {
  const cdnsInFront = partsOf(given['TRUSTED_PROXIES']).filter(isCdn)
  // Anybody can be a customer of theirs: their networks alone prove nothing.
  const isOpen = cdnsInFront.length > 0 && partsOf(given['ORIGIN_SECRETS']).length === 0
  const untrusted = cdnsInFront.filter((cdn) => !networksOf(cdn).every(isCdnNetwork))
  return [
    ...(isOpen ? ['ORIGIN_SECRETS is missing: it is how a CDN in TRUSTED_PROXIES is known.'] : []),
    ...untrusted.map(
      (cdn) => `TRUSTED_PROXIES names ${cdn}, whose list of networks is no such list.`,
    ),
  ]
}

const partsOf = (list = '') =>
  list
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
