import { z } from 'zod'
import { problem } from './input-problem.ts'

const pattern = /^\+[1-9]\d{6,14}$/

/**
 * A phone number in international form (E.164): `+` and 7 to 15 digits, without spaces, so that equal numbers
 * are equal texts. Whether somebody answers is for a message to it to find out.
 */
export const phone = z
  .string()
  .refine((text) => pattern.test(text), problem('not_a_phone_number'))
  .meta({ pattern: pattern.source, maxLength: 16 })
