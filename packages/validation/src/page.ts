import { z } from 'zod'

/** What a list takes: `limit` 1 to 100 (20), and the `cursor` of the page before. */
export const pageInput = {
  limit: z.int().min(1).max(100).default(20),
  cursor: z
    .string()
    .regex(/^[\w-]{1,200}$/)
    .optional(),
}

/** What a list answers: its items and the cursor of the next page, null on the last. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })
