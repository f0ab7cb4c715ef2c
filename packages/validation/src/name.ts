import { problem } from './input-problem.ts'
import { lengthBetween } from './length-between.ts'
import { wellFormedString } from './text.ts'
import { unprintable } from './unprintable.ts'

const nameLength = { minLength: 1, maxLength: 100 } as const

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
