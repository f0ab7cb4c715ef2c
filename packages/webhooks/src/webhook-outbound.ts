import { createOutbound, createPublicResolve, type Outbound } from '@repo/outbound'

/**
 * The way to customers' endpoints: into no network that an operator allowed for receivers of their own, and to no name
 * that is one by the search list of this machine. With `toLoopback`, which is for development and tests, to this machine.
 */
export function createWebhookOutbound({
  toLoopback,
  nameServers,
}: {
  readonly toLoopback: boolean
  /** `address:port` each; the machine's by default. */
  readonly nameServers?: readonly string[]
}): Outbound {
  const outbound = createOutbound(
    toLoopback
      ? { allowedNetworks: ['127.0.0.0/8', '::1/128'] }
      : { resolve: createPublicResolve(nameServers) },
  )
  return {
    ...outbound,
    async post(url, message) {
      outbound.check(url)
      return outbound.post(url, message)
    },
  }
}
