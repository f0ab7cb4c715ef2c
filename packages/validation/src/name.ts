import { problem } from './input-problem.ts'
import { lengthBetween } from './length-between.ts'
import { wellFormedString } from './text.ts'

const nameLength = { minLength: 1, maxLength: 100 } as const

// Control characters, line and paragraph separators, and what reverses the text after it (UAX #9).
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

/**
 * A name on one line, 1 to 100 characters (code points), in Unicode's composed form (NFC), so that
 * what looks equal is equal. White space around it is refused, not removed.
 */
export const name = wellFormedString
  .normalize('NFC')
  .refine((value) => !unprintable.test(value), problem('control_character'))
  .refine((value) => value === value.trim(), problem('outer_white_space'))
  .check(lengthBetween(nameLength.minLength, nameLength.maxLength))
  .meta(nameLength)
