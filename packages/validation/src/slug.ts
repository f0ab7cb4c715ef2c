import { z } from 'zod'
import { problem } from './input-problem.ts'

// A letter first: no slug is a number, and none is taken for an option of a program.
const pattern = /^[a-z][a-z\d]*(?:-[a-z\d]+)*$/

/**
 * What names an object in a URL: 1 to 63 ASCII letters in lower case, digits and single hyphens, so that it
 * can be a label of DNS too. It has one spelling; names that are yours alone (`admin`, `www`) are for a
 * `.refine` of the router's.
 */
export const slug = z
  .string()
  .max(63)
  .refine((text) => pattern.test(text), problem('not_a_slug'))
  .meta({ pattern: pattern.source })
