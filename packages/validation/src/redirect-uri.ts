import { z } from 'zod'
import { problem } from './input-problem.ts'
import { unprintable } from './unprintable.ts'

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
// A name in reverse, so that no two programs choose the same by chance (RFC 8252, section 7.1).
const privateScheme = /^[a-z][a-z\d+-]*(?:\.[a-z\d+-]+)+:$/

/**
 * Where an OAuth client may be sent back to: HTTPS, plain HTTP on this machine alone, or a scheme of a
 * program's own; as it will be compared, without fragment, user or a `*` (RFC 9700, section 2.1).
 */
export const redirectUri = z
  .string()
  .min(1)
  .max(2_000)
  .refine(isRedirectUri, problem('not_allowed'))
  .meta({ pattern: '^[^#*\\s\\\\]+$' })

function isRedirectUri(text: string): boolean {
  const url = URL.parse(text)
  if (
    !url ||
    /[#*\s\\]/.test(text) ||
    unprintable.test(text) ||
    url.username !== '' ||
    url.password !== ''
  )
    return false
  // What would end a source of CSP, where the address is named (CSP 3, section 2.3.1).
  if (/[;,']/.test(url.host)) return false
  if (url.protocol === 'https:') return text.startsWith('https://')
  if (url.protocol === 'http:') return text.startsWith('http://') && loopback.has(url.hostname)
  return privateScheme.test(url.protocol)
}
