import { z } from 'zod'
import { isWellFormed } from './well-formed.ts'

/** A password as it is given at log-in: bounded, and never changed. */
export const currentPassword = z
  .string()
  .min(1)
  .max(1_024)
  .refine(isWellFormed, 'This holds characters that cannot be typed.')
