import type { FastifyInstance } from 'fastify'
import ipaddr from 'ipaddr.js'

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
export function clientAddress(server: FastifyInstance): void {
  server.decorateRequest('clientAddress', '')
  server.addHook('onRequest', async (request) => {
    const peer = request.socket.remoteAddress ?? ''
    request.clientAddress = parseAddress(request.ip) ?? parseAddress(peer) ?? 'unknown'
  })
}

/** IPv4 or IPv6 in its canonical form, IPv4-mapped IPv6 as IPv4; null for what is neither. */
function parseAddress(text: string): string | null {
  const bare = text.replace(/^\[([^\]]+)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')
  const [address = ''] = bare.split('%')
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null
}
