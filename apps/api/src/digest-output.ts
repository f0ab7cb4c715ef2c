import { outputText } from '@repo/validation'
import { z } from 'zod'

/** The Monday of a week. */
export const week = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/)
  .meta({ minLength: 10, maxLength: 10 })

const count = z.number().min(0)

/** A weekly digest, as it is answered and as the page shows it. */
export const digest = z.object({
  week,
  until: z.iso.datetime().meta({ maxLength: 24 }),
  weeksKnown: z.int().min(0),
  findings: z
    .array(z.object({ severity: z.enum(['critical', 'warning', 'info']), words: outputText(500) }))
    .meta({ maxItems: 1_000 })
    .readonly(),
  sections: z
    .array(
      z.object({
        title: outputText(100),
        rows: z
          .array(z.object({ name: outputText(100), count, before: count, usual: count.nullable() }))
          .meta({ maxItems: 100 })
          .readonly(),
      }),
    )
    .meta({ maxItems: 20 })
    .readonly(),
  standing: z.array(outputText(500)).meta({ maxItems: 20 }).readonly(),
})
