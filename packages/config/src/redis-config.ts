import { Secret } from './secret.ts'

export type RedisConfig =
  | { readonly kind: 'server'; readonly url: Secret }
  | { readonly kind: 'upstash'; readonly url: string; readonly token: Secret }

export type Variables = Readonly<Record<string, string | undefined>>

/** Which Redis the variables mean, or what is wrong with them: exactly one may be given. */
export function readRedis(given: Variables): RedisConfig | string {
  const { REDIS_URL: server, UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = given
  if (server && (url || token)) return 'REDIS_URL and UPSTASH_REDIS_REST_*: give one of the two.'
  if (server) return Object.freeze({ kind: 'server', url: new Secret(server) })
  if (url && token) return Object.freeze({ kind: 'upstash', url, token: new Secret(token) })
  if (url) return 'UPSTASH_REDIS_REST_TOKEN is missing.'
  if (token) return 'UPSTASH_REDIS_REST_URL is missing.'
  return 'REDIS_URL, or UPSTASH_REDIS_REST_URL with UPSTASH_REDIS_REST_TOKEN, is missing.'
}
