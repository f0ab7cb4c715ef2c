import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { decodeOrKeep } from './decode-or-keep.ts'
import type { Variables } from './redis-config.ts'
import type { Rule } from './rules.ts'

/** The variables that lead to Postgres. */
export const databaseVariables = [
  'DATABASE_URL',
  'DATABASE_PLATFORM_URL',
  'DATABASE_WORKER_URL',
] as const

const privateRanges: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'uniqueLocal',
  'linkLocal',
])
const ownSuffixes = /\.(internal|local|lan|svc|localhost|home\.arpa)$/i
const open: ReadonlySet<string> = new Set(['disable', 'allow', 'prefer', 'no-verify'])

/** `near` is this machine or a network of one's own by its address, or a name of one word, as containers have them. */
type Place = 'near' | 'own name' | 'public'

function placeOf(host: string): Place {
  const name = host.replace(/^\[(.+)\]$/, '$1')
  if (isIP(name) !== 0) return privateRanges.has(ipaddr.process(name).range()) ? 'near' : 'public'
  // A path is a socket of this machine.
  if (name === '' || name.startsWith('/')) return 'near'
  // An address may be written as one number.
  if (/^(0x[\da-f]*|\d+)$/i.test(name)) return 'public'
  if (!name.includes('.')) return 'near'
  return ownSuffixes.test(name) ? 'own name' : 'public'
}

/** The host that the client of Postgres connects to: of several `host` parameters the last, before the URL's own. */
function postgresHost(url: string): string {
  const { hostname, searchParams } = URL.parse(url) ?? nowhere
  return searchParams.getAll('host').findLast(Boolean) ?? decodeOrKeep(hostname)
}

const nowhere = { hostname: '', searchParams: new URLSearchParams() }

/** Where any other URL leads to. */
export const placeOfUrl = (url: string): Place => placeOf(URL.parse(url.trim())?.hostname ?? '')

/**
 * The URL as production uses it: with TLS whose certificate is verified, where it leads further than a network of one's
 * own and does not say otherwise itself; `always` for what may go over no wire in the clear.
 */
export function withVerifiedTls(url: string, always = false): string {
  const verified = URL.parse(url)
  // A socket's URL has no host, and is none.
  if (!verified) return url
  const host = postgresHost(url)
  const isLoopback = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host)
  const isOpened = open.has(verified.searchParams.get('sslmode') ?? '')
  const isWanted = always ? !isLoopback : placeOf(host) !== 'near' && !isOpened
  if (!isWanted) return url
  verified.searchParams.set('sslmode', 'verify-full')
  return verified.href
}

/** What would send passwords and rows, or commands, over the internet as they are; sentences, without values. */
export function rulesOfTransport(given: Variables): readonly Rule[] {
  const redis = (given['REDIS_URL'] ?? '').split(',').filter(Boolean)
  const rest = given['UPSTASH_REDIS_REST_URL'] ?? ''
  return [
    ...databaseVariables.map(
      (name) =>
        [
          isOpen(given[name] ?? ''),
          `${name} leads out of your own network: its sslmode must be verify-full, which it is by itself.`,
        ] as const,
    ),
    [
      redis.some((url) => /^redis:/i.test(url.trim()) && placeOfUrl(url) === 'public'),
      'REDIS_URL must be rediss:// in production, but in a network of your own.',
    ],
    [
      /^\s*http:/i.test(rest) && placeOfUrl(rest) === 'public',
      'UPSTASH_REDIS_REST_URL must be https in production, but in a network of your own.',
    ],
  ]
}

function isOpen(url: string): boolean {
  const parameters = URL.parse(url)?.searchParams
  const mode = parameters?.get('sslmode') ?? ''
  const ssl = parameters?.get('ssl') ?? ''
  const isWeak = open.has(mode) || /^(0|false)$/.test(ssl) || parameters?.has('uselibpqcompat')
  return Boolean(isWeak) && placeOf(postgresHost(url)) === 'public'
}
