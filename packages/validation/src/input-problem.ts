/** One thing wrong with the input: where (JSON Pointer, RFC 6901), a stable code, a public sentence. */
export interface InputProblem {
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

// What no JSON Schema says; codes are public and stable, sentences never hold a received value.
export const problemDetails = {
  not_allowed: 'This is not allowed.',
  nul_character: 'This contains a NUL character.',
  ill_formed_text: 'This is not well-formed Unicode text.',
  control_character: 'This contains a control character.',
  outer_white_space: 'This begins or ends with white space.',
  forbidden_key: 'A field may not have this name.',
  unknown_field: 'This field is unknown.',
  too_deep: 'This is nested too deeply.',
  too_many_items: 'This has too many items.',
  unsafe_number: 'This number is too large to be kept exactly.',
  not_json: 'This is not a JSON value.',
  not_a_slug:
    'This must be lower-case letters and digits joined by single hyphens, a letter first.',
  not_a_phone_number: 'This must be an international phone number: + and 7 to 15 digits.',
  not_a_url: 'This must be a complete web address, without a user or password in it.',
  not_a_locale: 'This must be a language tag (BCP 47), such as en-GB.',
  not_a_time_zone: 'This must be the name of a time zone (IANA), such as Europe/Berlin.',
  range_reversed: 'This must not be before the beginning of the range.',
  range_too_long: 'The range up to here is too long.',
  too_much_text: 'This holds too much text in all.',
} as const

export type ProblemCode = keyof typeof problemDetails

/** Names the problem that a refinement finds: `schema.refine(isFine, problem('not_allowed'))`. */
export function problem(code: ProblemCode): { params: { problem: ProblemCode } } {
  return { params: { problem: code } }
}

export function isProblemCode(value: unknown): value is ProblemCode {
  return typeof value === 'string' && Object.hasOwn(problemDetails, value)
}
