import { z } from 'zod'
import { secretInput } from './sensitive.ts'

/** What stands behind `#` in the link of a mail; whether it is one of ours is for its checksum to say. */
export const mailToken = secretInput(
  z
    .string()
    .regex(/^[\w-]{49}$/)
    .meta({ minLength: 49, maxLength: 49 }),
)
