import type { FastifyInstance } from 'fastify'
import ipaddr from 'ipaddr.js'
import type { Services } from '../services.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the request comes from, as every limit, record and log line has it. */
    clientAddress: string
  }
}

/**
 * Reads the client's address once: what a trusted proxy tells of it (TRUSTED_PROXIES), without port,
 * brackets or zone; where that is no address, the peer's own.
 */
export function clientAddress(server: FastifyInstance, { proxies }: Services): void {
  server.decorateRequest('clientAddress', '')
  server.addHook('onRequest', async (request) => {
    const peer = request.socket.remoteAddress ?? ''
    const told = clientOf(request.ips ?? [peer], proxies.isCdn) ?? peer
    request.clientAddress = canonicalAddress(told) ?? canonicalAddress(peer) ?? 'unknown'
  })
}

/**
 * The first that nobody trusted vouches for. Whom a CDN names is a client, even out of the CDN's own networks,
 * where its customers' programs are as well: what they forged is not believed.
 */
function clientOf(chain: readonly string[], isCdn: (address: string) => boolean) {
  const edge = chain.findIndex(isCdn)
  return edge < 0 ? chain.at(-1) : (chain[edge + 1] ?? chain[edge])
}

/** IPv4 or IPv6 in its canonical form, IPv4-mapped IPv6 as IPv4; null for what is neither. */
export function canonicalAddress(text: string): string | null {
  const bare = text.replace(/^\[([^\]]+)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')
  const [address = ''] = bare.split('%')
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null
}
