import type { z } from 'zod'
import { type InputProblem, isProblemCode, problemDetails } from './input-problem.ts'
import { toPointer } from './json-pointer.ts'

type Issue = z.core.$ZodIssue

// More would help nobody, and a caller must not choose how long our answer is.
const maxProblems = 50

/**
 * What is wrong with the input, all at once (the first 50). Sentences are made of the schema's own
 * words: neither a received value nor a refinement's free message is ever among them.
 */
export function toInputProblems(error: { readonly issues: readonly Issue[] }): InputProblem[] {
  return error.issues.flatMap(toProblems).slice(0, maxProblems)
}

function toProblems(issue: Issue): InputProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const said = { code: 'unknown_field', detail: problemDetails.unknown_field }
    return issue.keys.map((key) => ({ pointer: toPointer([...issue.path, key]), ...said }))
  }
  const pointer = toPointer(issue.path)
  if (issue.code !== 'custom') return [{ pointer, code: issue.code, detail: describe(issue) }]
  const named: unknown = issue.params?.['problem']
  const code = isProblemCode(named) ? named : 'not_allowed'
  return [{ pointer, code, detail: problemDetails[code] }]
}

function describe(issue: Exclude<Issue, { code: 'unrecognized_keys' | 'custom' }>): string {
  switch (issue.code) {
    case 'invalid_type':
      return `This must be of type ${issue.expected}.`
    case 'invalid_value':
      return describeValues(issue.values.map(String))
    case 'invalid_format':
      return issue.format === 'regex'
        ? 'This does not have the expected form.'
        : `This must have the form of: ${issue.format}.`
    case 'too_small':
      return `This must ${describeBound('at least', issue.minimum, issue)}.`
    case 'too_big':
      return `This must ${describeBound('at most', issue.maximum, issue)}.`
    case 'not_multiple_of':
      return `This must be a multiple of ${issue.divisor}.`
    case 'invalid_key':
      return 'This holds a field whose name is not allowed.'
    case 'invalid_element':
      return 'This holds an item that is not allowed.'
    case 'invalid_union':
      return 'This has none of the allowed forms.'
  }
}

// The published schema of a problem allows a sentence 500 characters.
const maxListed = 50

function describeValues(values: readonly string[]): string {
  if (values.length > maxListed) return 'This is none of the values that are allowed here.'
  return `This must be one of: ${values.join(', ')}.`
}

const units: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'items',
  set: 'items',
}

interface Bound {
  readonly origin: string
  readonly inclusive?: boolean
  readonly exact?: boolean
}

function describeBound(comparison: string, limit: number | bigint, bound: Bound): string {
  const unit = units[bound.origin]
  const side = comparison === 'at least' ? 'more than' : 'less than'
  const words = bound.exact ? 'exactly' : bound.inclusive === false ? side : comparison
  return unit ? `have ${words} ${limit} ${unit}` : `be ${words} ${limit}`
}
