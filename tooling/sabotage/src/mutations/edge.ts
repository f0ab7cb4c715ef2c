import type { Mutation } from '../mutation.ts'

const edge = 'apps/api/src/edge'
const security = 'apps/api/test/security'
const faults = 'apps/api/test/faults'

/** Before anyone is known, and what leaves. */
export const edgeMutations: readonly Mutation[] = [
  {
    name: 'another site’s requests are let in (CSRF)',
    file: `${edge}/csrf.ts`,
    find: 'if (!isOurs(request, { friends, known })) throw',
    replace: "if (request.method === 'GET' && !isOurs(request, { friends, known })) throw",
    tests: [`${security}/csrf.test.ts`],
  },
  {
    name: 'any origin may read (CORS)',
    file: `${edge}/cors.ts`,
    find: 'if (origin === undefined || !friends.has(origin)) return',
    replace: 'if (origin === undefined || !friends) return',
    tests: [`${security}/cors.test.ts`],
  },
  {
    name: 'any host is ours',
    file: `${edge}/allowed-hosts.ts`,
    find: 'if (!names.has(request.hostname.toLowerCase())) throw',
    replace: "if (request.hostname === '' && names) throw",
    tests: [`${security}/accounts-csrf-host.test.ts`],
  },
  {
    name: 'an address is not limited',
    file: `${edge}/limit-address.ts`,
    find: 'if (decision.allowed) return',
    replace: 'if (decision) return',
    tests: [`${security}/rate-limits.test.ts`],
  },
  {
    name: 'content types are sniffed',
    file: `${edge}/security-headers.ts`,
    find: 'xContentTypeOptions: true',
    replace: 'xContentTypeOptions: false',
    tests: [`${security}/headers.test.ts`],
  },
  {
    name: 'answers may be kept by caches',
    file: `${edge}/security-headers.ts`,
    find: "|| 'no-store')",
    replace: "|| 'private')",
    tests: [`${security}/headers.test.ts`],
  },
  {
    name: 'a key in a URL is taken',
    file: `${edge}/leaked-keys.ts`,
    find: 'if (inUrl.length > 0) {',
    replace: 'if (inUrl.length > 99) {',
    tests: [`${security}/api-key-leaks.test.ts`],
  },
  {
    name: 'a kept answer is given to another request',
    file: `${edge}/idempotency.ts`,
    find: '[request.method, request.url, textOf(request)]',
    replace: '[request.method, request.url]',
    tests: [`${security}/idempotency.test.ts`],
  },
  {
    name: 'an answer with a cookie is kept',
    file: `${edge}/idempotency.ts`,
    find: "if (holdsSecret(request)) throw new AppError('idempotency_not_supported')",
    replace:
      "if (holdsSecret(request) && header === '') throw new AppError('idempotency_not_supported')",
    tests: [`${security}/idempotency.test.ts`],
  },
  {
    name: 'an error tells its cause',
    file: 'packages/errors/src/problem-document.ts',
    find: 'detail: error.detail ?? message,',
    replace:
      'detail: error.detail ?? (error.cause instanceof Error ? error.cause.message : message),',
    tests: [`${security}/error-replies.test.ts`],
  },
  {
    name: 'secrets are logged',
    file: 'packages/logging/src/clean-fields.ts',
    find: 'secretName.test(name) ? redacted : cleanValue(value, depth)',
    replace: 'secretName.test(redacted) ? cleanValue(value, depth) : cleanValue(value, depth)',
    tests: ['packages/logging/src/logger.test.ts'],
  },
  {
    name: 'the origin answers who comes past its CDN',
    file: `${edge}/origin-lock.ts`,
    find: "if (typeof given !== 'string' || !isOneOf(known, hash(given))) {",
    replace: "if (typeof given === 'string' && !isOneOf(known, hash(given))) {",
    tests: [`${security}/origin-lock.test.ts`],
  },
  {
    name: 'any secret opens the origin',
    file: `${edge}/origin-lock.ts`,
    find: 'known.map((secret) => timingSafeEqual(secret, given)).includes(true)',
    replace: 'known.map((secret) => timingSafeEqual(secret, given)).length > 0',
    tests: [`${security}/origin-lock.test.ts`],
  },
  {
    name: 'the secret of the origin stays in the request',
    file: `${edge}/origin-lock.ts`,
    find: '    delete request.headers[header]\n',
    replace: '',
    tests: [`${security}/origin-lock.test.ts`],
  },
  {
    name: 'a CDN’s networks are trusted for more than one step',
    file: `${edge}/client-address.ts`,
    find: 'return edge < 0 ? chain.at(-1) : (chain[edge + 1] ?? chain[edge])',
    replace: 'return edge < 9 ? chain.at(-1) : (chain[edge + 1] ?? chain[edge])',
    tests: [`${security}/cdn-addresses.test.ts`],
  },
  {
    name: 'whoever comes out of a CDN’s networks is never blocked',
    file: 'apps/api/src/procedures/record-outcome.ts',
    find: 'createNetworkTest(services.config.trustedProxies)(address) ? null : lane',
    replace:
      'createNetworkTest([...services.config.trustedProxies, ...services.config.cdnNetworks])(address) ? null : lane',
    tests: [`${security}/cdn-addresses.test.ts`],
  },
  {
    name: 'a CDN needs no secret',
    file: 'packages/config/src/proxies.ts',
    find: 'const isOpen = cdnsInFront.length > 0 &&',
    replace: 'const isOpen = cdnsInFront.length > 9 &&',
    tests: ['packages/config/src/proxies.test.ts'],
  },
  {
    name: 'a CDN’s list may hold wide networks',
    file: 'packages/config/src/cdn-networks.ts',
    find: "return address.range() === 'unicast' && prefix >= leastPrefix[address.kind()]",
    replace: "return address.range() === 'unicast' && prefix >= 0",
    tests: [
      'packages/config/src/cdn-networks.test.ts',
      'tooling/cdn/src/published-networks.test.ts',
    ],
  },
  {
    name: 'a late event loop refuses nobody',
    file: `${edge}/back-pressure.ts`,
    find: 'if (!lateness.isLate() || request.routeOptions.config?.probe) return',
    replace: 'if (refused === 0 || request.routeOptions.config?.probe) return',
    tests: [`${faults}/back-pressure.test.ts`],
  },
  {
    name: 'one long pause counts as any other timer',
    file: `${edge}/loop-lateness.ts`,
    find: '(1 - Math.exp(-elapsedMs / windowMs))',
    replace: '(1 - Math.exp(-sampleMs / windowMs))',
    tests: [`${edge}/loop-lateness.test.ts`],
  },
  {
    name: 'one address may hold any number of connections',
    file: `${edge}/limit-connections.ts`,
    find: 'if (count <= maxPerAddress) return',
    replace: 'if (count <= maxPerAddress || key) return',
    tests: [`${security}/connections.test.ts`],
  },
  {
    name: 'there may be any number of connections',
    file: `${edge}/limit-connections.ts`,
    find: '  server.server.maxConnections = maxConnections\n',
    replace: '  server.server.maxConnections = maxConnections * 1_000\n',
    tests: [`${security}/connections.test.ts`],
  },
  {
    name: 'any number of requests may wait on one connection',
    file: `${edge}/limit-connections.ts`,
    find: 'if (count > maxWaiting) socket.destroy()',
    replace: 'if (count > maxWaiting * 1_000) socket.destroy()',
    tests: [`${security}/connections.test.ts`],
  },
  {
    name: 'an answer may be read for ever',
    file: `${edge}/slow-readers.ts`,
    find: 'setTimeout(() => socket.resetAndDestroy(), withinMs)',
    replace: 'setTimeout(() => socket.resetAndDestroy(), withinMs * 1_000)',
    tests: [`${security}/connections.test.ts`],
  },
  {
    name: 'a request may arrive for ever',
    file: `${edge}/request-limits.ts`,
    find: 'requestTimeout: 7_000,',
    replace: 'requestTimeout: 0,',
    tests: [`${faults}/slow-clients.test.ts`],
  },
  {
    name: 'a process that ends says it is ready',
    file: `${edge}/drain.ts`,
    find: "server.decorate('isDraining', () => isDraining)",
    replace: "server.decorate('isDraining', () => isDraining && leaveMs === 0)",
    tests: [`${faults}/signals.test.ts`],
  },
]
