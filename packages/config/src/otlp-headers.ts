import { z } from 'zod'
import { Secret } from './secret.ts'

/** What is sent along with OTLP, such as a key of the receiver's; names in lower case. */
export type OtlpHeaders = Readonly<Record<string, Secret>>

/** `name=value,…` as OpenTelemetry writes headers: W3C baggage without its properties. */
export const otlpHeaders = z.string().transform((text, context) => {
  const headers = readOtlpHeaders(text)
  if (headers) return headers
  context.addIssue('must be a list of name=value, percent-encoded')
  return z.NEVER
})

/** Null where the text is none. */
function readOtlpHeaders(text: string): OtlpHeaders | null {
  const pairs = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]+)\s*$/.exec(part))
  try {
    const headers = pairs.map((pair) => {
      const [name = '', value = ''] = pair?.slice(1) ?? []
      const decoded = decodeURIComponent(value)
      if (!/^[\x20-\x7e]+$/.test(decoded)) throw new URIError('It is no header.')
      return [name.toLowerCase(), new Secret(decoded)] as const
    })
    return Object.freeze(Object.fromEntries(headers))
  } catch {
    return null
  }
}
