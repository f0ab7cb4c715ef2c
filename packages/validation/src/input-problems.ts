import type { core, ZodError } from 'zod'

/** One problem of an input: where (JSON Pointer, RFC 6901), a stable code, and a sentence without the value. */
export interface InputProblem {
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

const maxProblems = 100
const maxNameLength = 64

/** A JSON Pointer; the caller's own names in it are cut short and made well-formed. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${escapeName(String(part))}`).join('')
}

const escapeName = (name: string) =>
  name.slice(0, maxNameLength).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')

/** Every problem that a schema found, at once; no value of the caller's is repeated. */
export function toInputProblems(error: ZodError): readonly InputProblem[] {
  return error.issues.flatMap(toProblems).slice(0, maxProblems)
}

function toProblems(issue: core.$ZodIssue): InputProblem[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ pointer: toPointer(issue.path), code: issue.code, detail: sentenceOf(issue) }]
  }
  return issue.keys.map((key) => ({
    pointer: toPointer([...issue.path, key]),
    code: 'unknown_field',
    detail: 'This field is unknown.',
  }))
}

function sentenceOf(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `This must be of type ${issue.expected}.`
    case 'too_small':
      return `This must be at least ${issue.minimum}${unitOf(issue.origin)}.`
    case 'too_big':
      return `This must be at most ${issue.maximum}${unitOf(issue.origin)}.`
    case 'invalid_format':
      return `This has the wrong form (${issue.format}).`
    case 'invalid_value':
      return `This must be one of: ${issue.values.map(String).join(', ')}.`
    case 'custom':
      return issue.message
    default:
      return 'This is not valid.'
  }
}

const unitOf = (origin: string) =>
  origin === 'string' ? ' characters long' : origin === 'array' ? ' items' : ''
