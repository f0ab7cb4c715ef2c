import { problem } from './input-problem.ts'
import { composedLengthBetween } from './length-between.ts'
import { wellFormedString } from './text.ts'
import { printableLine, unprintable } from './unprintable.ts'

/** A name of at most `maxLength` characters, as `name` is in everything else. */
export function nameUpTo(maxLength: number) {
  const length = { minLength: 1, maxLength }
  return wellFormedString
    .check(composedLengthBetween(length.minLength, length.maxLength))
    .normalize('NFC')
    .refine((value) => !unprintable.test(value), problem('control_character'))
    .refine((value) => value === value.trim(), problem('outer_white_space'))
    .meta({ ...length, pattern: printableLine })
}

/**
 * A name on one line, 1 to 100 characters (code points), in Unicode's composed form (NFC), so that
 * two spellings of the same characters are equal; different characters may look alike. White space around it is refused, not removed.
 */
export const name = nameUpTo(100)
