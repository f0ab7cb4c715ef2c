import { z } from 'zod'
import { outputText } from './output-text.ts'

const pageSize = { default: 20, max: 100 } as const

/** The fields of a list's input: `z.strictObject({ userId: id, ...pageInput })`. */
export const pageInput = {
  limit: z.int().min(1).max(pageSize.max).default(pageSize.default),
  // Opaque to the caller; base64url, so that it travels in a URL as it is.
  cursor: z
    .string()
    .regex(/^[\w-]{1,200}$/)
    .meta({ minLength: 1, maxLength: 200 })
    .optional(),
} as const

/** The output of a list of `item`; `nextCursor` is null on the last page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).max(pageSize.max),
    nextCursor: outputText(200, '^[\\w-]+$').nullable(),
  })
}
