import type { Mutation } from '../mutation.ts'

const outbound = 'packages/outbound/src'
const alerting = 'packages/alerting/src'
const config = 'packages/config/src'
const guard = [`${outbound}/address-guard.test.ts`]
const ssrf = [`${outbound}/outbound-ssrf.test.ts`]
const tls = [`${outbound}/outbound-tls.test.ts`]
const answers = [`${outbound}/outbound.test.ts`]
const webhook = [`${outbound}/webhook.test.ts`]
const configured = [`${config}/alerting.test.ts`]

/** Requests that leave, signatures, and what alerts tell. */
export const outboundMutations: readonly Mutation[] = [
  {
    name: "outbound: clouds' metadata may be allowed",
    file: `${outbound}/address-guard.ts`,
    find: 'family === null || never.check(address, family)',
    replace: 'family === null',
    tests: guard,
  },
  {
    name: 'outbound: an address in another spelling is one',
    file: `${outbound}/address-guard.ts`,
    find: "address.includes('%') ? 0 : isIP(address)",
    replace: "isIP(address.replace(/%.*/, ''))",
    tests: guard,
  },
  {
    name: 'outbound: addresses of IPv6 that hold one of IPv4 are public',
    file: `${outbound}/address-guard.ts`,
    find: "(family === 'ipv4' || givenOut.check(address, family))",
    replace: "(family === 'ipv4' || family === 'ipv6')",
    tests: guard,
  },
  {
    name: 'outbound: private networks are public',
    file: `${outbound}/address-guard.ts`,
    find: "  '192.168.0.0/16',\n",
    replace: '',
    tests: guard,
  },
  {
    name: 'outbound: of a name one address is looked at',
    file: `${outbound}/find-addresses.ts`,
    find: "standings.includes('refused')",
    replace: "standings[0] === 'refused'",
    tests: ssrf,
  },
  {
    name: 'outbound: a name is asked for again to connect',
    file: `${outbound}/exchange.ts`,
    find: '    lookup: answerWith(addresses),\n',
    replace: '',
    tests: ssrf,
  },
  {
    name: 'outbound: plain HTTP goes to everybody',
    file: `${outbound}/find-addresses.ts`,
    find: '!(secure && allowedPorts.includes(port))',
    replace: '!((secure || port === 443) && allowedPorts.includes(port))',
    tests: ssrf,
  },
  {
    name: 'outbound: any port is tried',
    file: `${outbound}/find-addresses.ts`,
    find: '!(secure && allowedPorts.includes(port))',
    replace: '!secure',
    tests: ssrf,
  },
  {
    name: 'outbound: a URL may hold credentials',
    file: `${outbound}/read-target.ts`,
    find: "if (url.username !== '' || url.password !== '') throw",
    replace: "if (url.hash === '#') throw",
    tests: ssrf,
  },
  {
    name: 'outbound: a redirect is a success',
    file: `${outbound}/outbound.ts`,
    find: 'status >= 200 && status < 300',
    replace: 'status >= 200 && status < 400',
    tests: ssrf,
  },
  {
    name: 'outbound: any certificate is trusted',
    file: `${outbound}/exchange.ts`,
    find: 'rejectUnauthorized: true',
    replace: 'rejectUnauthorized: false',
    tests: tls,
  },
  {
    name: 'outbound: the environment switches the check of certificates off',
    file: `${outbound}/exchange.ts`,
    find: '    rejectUnauthorized: true,\n',
    replace: '',
    tests: tls,
  },
  {
    name: 'outbound: the environment names a proxy, and connections are kept',
    file: `${outbound}/exchange.ts`,
    find: '    agent: false,\n',
    replace: '',
    tests: tls,
  },
  {
    name: 'outbound: an answer is read to its end',
    file: `${outbound}/exchange.ts`,
    find: 'if (bytes > maxBytes) break',
    replace: 'if (bytes < 0) break',
    tests: answers,
  },
  {
    name: 'outbound: an upgrade is waited for',
    file: `${outbound}/exchange.ts`,
    find: "    outgoing.once('close', () => reject(new OutboundError('unreachable')))\n",
    replace: '',
    tests: answers,
  },
  {
    name: 'outbound: a receiver that is busy is given up',
    file: `${outbound}/outbound-error.ts`,
    find: 'status < 500 && !passingStatuses.has(status)',
    replace: 'status < 500',
    tests: answers,
  },
  {
    name: 'outbound: an error keeps what the system says of names and addresses',
    file: `${outbound}/outbound-error.ts`,
    find: 'isErrorCode(reason) ? reason : undefined',
    replace: "typeof reason === 'string' ? reason : undefined",
    tests: [`${outbound}/outbound-error.test.ts`],
  },
  {
    name: 'webhooks: a signature is good for ever',
    file: `${outbound}/verify-webhook.ts`,
    find: '> toleranceSeconds) return null',
    replace: '< 0) return null',
    tests: webhook,
  },
  {
    name: 'webhooks: a signature of no secret is good',
    file: `${outbound}/verify-webhook.ts`,
    find: 'given.some((one) => isAmong(one, expected))',
    replace: 'given.some((one) => isAmong(one, [one, ...expected]))',
    tests: webhook,
  },
  {
    name: 'webhooks: an id may hold a dot, and so a part of the text',
    file: `${outbound}/webhook-signature.ts`,
    find: '/^[\\w-]{1,128}$/',
    replace: '/^[\\w.-]{1,128}$/',
    tests: webhook,
  },
  {
    name: 'webhooks: the first secret alone signs',
    file: `${outbound}/sign-webhook.ts`,
    find: 'requireWebhookSecrets(secrets).map(',
    replace: 'requireWebhookSecrets(secrets.slice(0, 1)).map(',
    tests: webhook,
  },
  {
    name: 'webhooks: short secrets sign',
    file: `${outbound}/webhook-secret.ts`,
    find: 'const minBytes = 32',
    replace: 'const minBytes = 16',
    tests: webhook,
  },
  {
    name: 'alerting: a stranger’s text calls a channel of Slack',
    file: `${alerting}/channels/slack.ts`,
    find: "    .replace(/[&<>]/g, (character) => entities[character] ?? '')\n",
    replace: '',
    tests: [`${alerting}/channels/slack.test.ts`],
  },
  {
    name: 'alerting: a stranger’s text has lines of its own',
    file: `${alerting}/one-line.ts`,
    find: "text.replace(/[\\p{C}\\p{Z}]+/gu, ' ').trim()",
    replace: 'text.trim()',
    tests: [`${alerting}/channels/email.test.ts`, `${alerting}/channels/slack.test.ts`],
  },
  {
    name: 'config: guessable secrets of webhooks are taken in production',
    file: `${config}/webhook-secrets.ts`,
    find: "key !== '' && isGuessableKey(key)",
    replace: "key === '0' && isGuessableKey(key)",
    tests: configured,
  },
  {
    name: 'config: alerts go out in clear',
    file: `${config}/alerting.ts`,
    find: "!isGiven('OUTBOUND_ALLOWED_NETWORKS')",
    replace: 'name.length === 0',
    tests: configured,
  },
  {
    name: 'config: everybody is a network of ours, in two halves',
    file: `${config}/is-network.ts`,
    find: 'prefix === undefined || Number(prefix) >= least',
    replace: 'prefix === undefined || Number(prefix) >= least - 7',
    tests: configured,
  },
]
