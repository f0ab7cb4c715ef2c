import { AppError } from '@repo/errors'
import { hasRepeatedNames } from '@repo/validation'

const detail = 'A name is given more than once.'

/** The refusal of JSON that two programs read in two ways (RFC 8259, section 4); null for any other. */
export function findRepeatedName(text: string, value: unknown): AppError | null {
  return hasRepeatedNames(text, value) ? new AppError('bad_request', { detail }) : null
}

/** The same of a text that somebody else parses; what is no JSON is for them to refuse. */
export function findRepeatedNameIn(text: string): AppError | null {
  try {
    return findRepeatedName(text, JSON.parse(text))
  } catch {
    return null
  }
}

/** Throws for a query with a name given twice, or with JSON in it that has one. */
export function refuseRepeatedQuery(query: unknown): void {
  for (const value of Object.values(Object(query))) {
    if (typeof value !== 'string') throw new AppError('bad_request', { detail })
    const refusal = findRepeatedNameIn(value)
    if (refusal) throw refusal
  }
}
