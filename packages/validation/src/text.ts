import { z } from 'zod'
import { isWellFormed } from './well-formed.ts'

/** Free text, kept as it was written: bounded, no NUL, no lone surrogate. It is encoded at output (G11). */
export const text = (maxLength: number) =>
  z.string().max(maxLength).refine(isWellFormed, 'This holds characters that cannot be stored.')

/** A name on one line: 1 to 100 characters, normalised (NFC), no control characters, no space at its ends. */
export const name = z
  .string()
  .min(1)
  .max(100)
  .normalize('NFC')
  .refine(isWellFormed, 'This holds characters that cannot be stored.')
  .refine(isOneLine, 'This holds control characters or begins or ends with a space.')

function isOneLine(value: string): boolean {
  return !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(value) && value === value.trim()
}
