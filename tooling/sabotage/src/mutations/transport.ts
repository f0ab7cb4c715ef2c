import type { Mutation } from '../mutation.ts'

const edge = 'apps/api/src/edge'
const config = 'packages/config/src'
const security = 'apps/api/test/security'
const httpsOnly = `${security}/https-only.test.ts`

/** HTTPS, plain HTTP, and what both tell browsers. */
export const transportMutations: readonly Mutation[] = [
  {
    name: 'transport: calls over plain HTTP are served',
    file: `${edge}/https-only.ts`,
    find: 'if (probe || isHttps(request)) return',
    replace: 'if (probe || request) return',
    tests: [httpsOnly],
  },
  {
    name: 'transport: calls over plain HTTP are redirected',
    file: `${edge}/https-only.ts`,
    find: 'if (!page || !isReading) throw',
    replace: 'if (!isReading) throw',
    tests: [httpsOnly],
  },
  {
    name: 'transport: whoever says that they came by HTTPS is believed',
    file: `${edge}/is-https.ts`,
    find: '({ protocol }: FastifyRequest): boolean => protocol.toLowerCase()',
    replace:
      "({ protocol, headers }: FastifyRequest): boolean => String(headers['x-forwarded-proto'] ?? protocol)",
    tests: [httpsOnly],
  },
  {
    name: 'transport: HSTS is said over plain HTTP',
    file: `${edge}/security-headers.ts`,
    find: 'if (servesHttps && isHttps(request))',
    replace: 'if (servesHttps)',
    tests: [httpsOnly],
  },
  {
    name: 'transport: production starts without HTTPS',
    file: `${config}/production-problems.ts`,
    find: "!given['TLS_CERT_FILE'] && /^",
    replace: "given['TLS_CERT_FILE'] === '' && /^",
    tests: [`${config}/transport.test.ts`],
  },
  {
    name: 'transport: plain HTTP is for everybody',
    file: `${config}/transport.ts`,
    find: 'isPlain && !loopbackNames.has(hostname)',
    replace: "isPlain && hostname === ''",
    tests: [`${config}/transport.test.ts`],
  },
  {
    name: 'transport: CBC is spoken',
    file: `${edge}/tls-policy.ts`,
    find: "  'ECDHE-RSA-AES128-GCM-SHA256',\n",
    replace: "  'ECDHE-RSA-AES128-GCM-SHA256',\n  'ECDHE-RSA-AES128-SHA256',\n",
    tests: [`${security}/tls.test.ts`],
  },
  {
    name: 'transport: static RSA is spoken',
    file: `${edge}/tls-policy.ts`,
    find: "  'ECDHE-RSA-AES128-GCM-SHA256',\n",
    replace: "  'ECDHE-RSA-AES128-GCM-SHA256',\n  'AES128-GCM-SHA256',\n",
    tests: [`${security}/tls.test.ts`],
  },
  {
    name: 'transport: who says nothing keeps a connection of TLS',
    file: `${edge}/tls-policy.ts`,
    find: 'handshakeTimeout: 5_000',
    replace: 'handshakeTimeout: 120_000',
    tests: [`${security}/tls.test.ts`],
  },
  {
    name: 'transport: a renewed certificate comes without the policy',
    file: `${edge}/certificate.ts`,
    find: 'server.setSecureContext(optionsOf(found))',
    replace: 'server.setSecureContext({ cert: found.cert, key: found.key.reveal() })',
    tests: [`${security}/tls-reload.test.ts`],
  },
  {
    name: 'transport: a new certificate waits for a restart',
    file: `${edge}/certificate.ts`,
    find: 'for (const server of servers) server.setSecureContext(optionsOf(found))',
    replace:
      'for (const server of [...servers].slice(1)) server.setSecureContext(optionsOf(found))',
    tests: [`${security}/tls-reload.test.ts`],
  },
  {
    name: 'transport: the key of tickets never changes',
    file: `${edge}/certificate.ts`,
    find: 'setInterval(changeTicketKeys, ticketKeyMs)',
    replace: 'setInterval(look, ticketKeyMs)',
    tests: [`${edge}/certificate.test.ts`],
  },
  {
    name: 'transport: an expired certificate serves',
    file: `${config}/tls-files.ts`,
    find: 'if (validToDate <= now)',
    replace: 'if (validToDate <= new Date(0) && now)',
    tests: [`${config}/tls-files.test.ts`],
  },
  {
    name: 'transport: a certificate may be for anybody',
    file: `${config}/tls-files.ts`,
    find: 'if (hostname !== null && !isFor(leaf, hostname))',
    replace: 'if (hostname === "" && !isFor(leaf, hostname))',
    tests: [`${config}/tls-files.test.ts`],
  },
  {
    name: 'transport: who does not read over TLS ends the process',
    file: `${edge}/slow-readers.ts`,
    find: 'if (socket instanceof TLSSocket) socket.destroy()',
    replace: 'if (socket instanceof TLSSocket) socket.resetAndDestroy()',
    tests: [`${security}/connections.test.ts`],
  },
  {
    name: 'transport: pages take styles from anywhere in them',
    file: `${edge}/page.ts`,
    find: `'style-src': ["'self'"]`,
    replace: `'style-src': ["'self'", "'unsafe-inline'"]`,
    tests: [`${security}/headers.test.ts`],
  },
  {
    name: 'transport: a route that knows its caller may be kept by caches',
    file: `${edge}/security-headers.ts`,
    find: '(!identifies && cacheControl)',
    replace: '(identifies !== null && cacheControl)',
    tests: [`${edge}/security-headers.test.ts`],
  },
  {
    name: 'transport: refusals may be kept by caches',
    file: `${edge}/error-replies.ts`,
    find: "  reply.header('cache-control', 'no-store')\n",
    replace: '',
    tests: [`${security}/no-store.test.ts`],
  },
]
