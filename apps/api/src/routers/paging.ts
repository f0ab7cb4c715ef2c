import { AppError } from '@repo/errors'
import { id } from '@repo/validation'
import { z } from 'zod'

/** The id behind a cursor, undefined on the first page; throws for one that this API did not give. */
export function readCursor<Id>(cursor: string | undefined, form: z.ZodType<Id>): Id | undefined {
  if (cursor === undefined) return undefined
  const id = form.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  if (id.success) return id.data
  const detail = 'This is not a cursor of an earlier answer.'
  throw new AppError('invalid_input', { fields: [{ pointer: '/cursor', code: 'invalid', detail }] })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A cursor of a list by time, which leads on where its row is gone. */
export const placeInTime = z.tuple([z.iso.datetime(), id])

/** One page of `limit` rows out of `limit + 1`, and the cursor of the next page where there is one. */
export function toPage<Row extends { readonly id: string | number }>(
  found: readonly Row[],
  limit: number,
  placeOf: (last: Row) => unknown = (last) => last.id,
) {
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  const nextCursor = last ? Buffer.from(JSON.stringify(placeOf(last))).toString('base64url') : null
  return { items, nextCursor }
}

/** The same for a list that is short by nature and at hand as a whole. */
export function pageThrough<Row extends { readonly id: string }>(
  rows: readonly Row[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
) {
  const after = readCursor(cursor, id)
  const start = after === undefined ? 0 : rows.findIndex((row) => row.id === after) + 1
  return toPage(rows.slice(start, start + limit + 1), limit)
}
