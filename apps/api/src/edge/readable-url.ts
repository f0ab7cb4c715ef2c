import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

const nowhere = '/unreadable'

/**
 * Sends a path that is no percent-encoded UTF-8 to no route. Fastify's own refusal passes no hook
 * (no limit, no log line, no security headers) and echoes the path.
 */
export function rewriteUnreadableUrl({ url = nowhere }: IncomingMessage): string {
  // The absolute form names a host of its own (RFC 9112, section 3.2.2).
  if (!url.startsWith('/')) return nowhere
  const [path = ''] = url.split('?')
  try {
    decodeURIComponent(path)
    return url
  } catch {
    return nowhere
  }
}

export const isUnreadable = ({ url, originalUrl }: FastifyRequest): boolean =>
  url === nowhere && originalUrl !== nowhere
