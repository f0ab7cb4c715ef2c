import { z } from 'zod'
import { type ProblemCode, problem } from './input-problem.ts'
import { lengthBetween } from './length-between.ts'

/** What Postgres cannot store (NUL) or UTF-8 cannot carry (a lone surrogate); null when it is fine. */
export function findTextProblem(value: string): ProblemCode | null {
  if (value.includes('\0')) return 'nul_character'
  return value.isWellFormed() ? null : 'ill_formed_text'
}

/** What any text may be, as a published pattern: no NUL. */
export const anyText = '^[^\\u0000]*$'

/** A string that can be stored and sent as it is. */
export const wellFormedString = z.string().check(({ value, issues }) => {
  const code = findTextProblem(value)
  if (code) issues.push({ code: 'custom', input: value, ...problem(code) })
})

/** Free text of up to `maxLength` characters (code points), kept as it came: encode it at output. */
export function text(maxLength: number) {
  return wellFormedString.check(lengthBetween(0, maxLength)).meta({ maxLength, pattern: anyText })
}
