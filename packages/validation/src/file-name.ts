import { problem } from './input-problem.ts'
import { composedLengthBetween } from './length-between.ts'
import { wellFormedString } from './text.ts'
import { printableLine, unprintable } from './unprintable.ts'

const fileNameLength = { minLength: 1, maxLength: 255 } as const

// What separates folders anywhere, and the names that mean one.
const path = /[/\\]|^\.{1,2}$/

/**
 * What somebody calls a file, 1 to 255 characters (code points) on one line, in Unicode's composed form
 * (NFC). It is for display alone: no path, and nothing is stored under it.
 */
export const fileName = wellFormedString
  .check(composedLengthBetween(fileNameLength.minLength, fileNameLength.maxLength))
  .normalize('NFC')
  .refine((value) => !unprintable.test(value), problem('control_character'))
  .refine((value) => !path.test(value), problem('not_allowed'))
  .refine((value) => value === value.trim(), problem('outer_white_space'))
  .meta({ ...fileNameLength, pattern: printableLine })
