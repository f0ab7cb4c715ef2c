import { SecretSourceError } from './secret-source.ts'

const scalars: ReadonlySet<string> = new Set(['string', 'number', 'boolean'])

/** The fields of a secret that is a JSON object; throws SecretSourceError for another. */
export function parseFields(text: string): ReadonlyMap<string, string> {
  const values = Object.entries(parseObject(text)).filter(([, value]) => scalars.has(typeof value))
  return new Map(values.map(([name, value]) => [name, String(value)]))
}

/** What a secret says, or one field of it; throws SecretSourceError where there is none, or nothing in it. */
export function readField(text: string, field: string | undefined): string {
  if (field === undefined) return requireText(text)
  const value = parseFields(text).get(field)
  if (value === undefined) throw new SecretSourceError(`names a secret without the field ${field}`)
  return requireText(value)
}

/** The secret with another value in its field, or in place of all of it. */
export const writeField = (text: string, field: string | undefined, value: string): string =>
  field === undefined ? value : JSON.stringify({ ...parseObject(text), [field]: value })

export function requireText(text: string): string {
  if (text === '') throw new SecretSourceError('holds nothing')
  return text
}

function parseObject(text: string): object {
  const fields = parseJson(text)
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new SecretSourceError('names a secret that is no JSON object')
  }
  return fields
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
