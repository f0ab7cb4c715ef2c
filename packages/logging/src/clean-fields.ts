import { cleanText } from './clean-text.ts'
import { serializeError } from './serialize-error.ts'

const secretName =
  /authorization|cookie|passw|passphrase|secret|token|credential|totp|api[-_]?key|private[-_]?key|recovery[-_]?code|session[-_]?id/i
const plainName = /^[\w-]{1,64}$/
const redacted = '[secret]'
const maxDepth = 4
const maxEntries = 100
const maxName = 64

/** Makes of an event's fields what may be logged. */
export type CleanFields = (fields: object) => Record<string, unknown>

/**
 * The fields of an event as they may be logged: what its name calls secret is redacted at any depth, and what
 * `isHidden` says of a name; names are cleaned as texts are.
 */
export function createCleanFields(isHidden: (name: string) => boolean): CleanFields {
  const isSecret = (name: string) => secretName.test(name) || isHidden(name)

  function cleanFields(fields: object, depth = 0): Record<string, unknown> {
    const entries = Object.entries(fields).slice(0, maxEntries)
    return Object.fromEntries(
      entries.map(([name, value]) => [
        cleanName(name),
        isSecret(name) ? redacted : cleanValue(value, depth),
      ]),
    )
  }

  function cleanValue(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return cleanText(value)
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Error) return serializeError(value)
    if (depth >= maxDepth) return '[too deep]'
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return cleanValue(value.toJSON(), depth + 1)
    }
    if (!Array.isArray(value)) return cleanFields(value, depth + 1)
    return value.slice(0, maxEntries).map((item) => cleanValue(item, depth + 1))
  }

  return (fields) => cleanFields(fields)
}

const cleanName = (name: string) =>
  plainName.test(name) ? name : cleanText(name).slice(0, maxName)
