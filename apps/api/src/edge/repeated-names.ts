import { AppError } from '@repo/errors'
import { hasRepeatedNames } from '@repo/validation'

const detail = 'A name is given more than once.'

/** The refusal of JSON that two programs read in two ways (RFC 8259, section 4); null for any other. */
export function findRepeatedName(text: string, value: unknown): AppError | null {
  return hasRepeatedNames(text, value) ? new AppError('bad_request', { detail }) : null
}

/** The same of a text that somebody else parses; what is no JSON is for them to refuse. */
export function findRepeatedNameIn(text: string): AppError | null {
  // Some programs skip a byte order mark, and read what comes after it.
  const json = text.replace(/^\uFEFF/, '')
  try {
    return findRepeatedName(json, JSON.parse(json))
  } catch {
    return null
  }
}

/** Throws for a URL whose query gives a name twice, or has JSON in it that does, as the URL standard reads it. */
export function refuseRepeatedQuery(url: string): void {
  const query = new URLSearchParams(url.replace(/^[^?]*\??/, ''))
  if (query.size !== new Set(query.keys()).size) throw new AppError('bad_request', { detail })
  for (const value of query.values()) {
    const refusal = findRepeatedNameIn(value)
    if (refusal) throw refusal
  }
}
