import { AppError } from '@repo/errors'

/** The rows behind a cursor, newest first; throws for a cursor that this API did not give. */
export function afterCursor(cursor: string | undefined): { id?: { lt: number } } {
  if (cursor === undefined) return {}
  const id = Number(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (Number.isSafeInteger(id) && id > 0 && id < 2 ** 31) return { id: { lt: id } }
  const detail = 'This is not a cursor of an earlier answer.'
  throw new AppError('invalid_input', { fields: [{ pointer: '/cursor', code: 'invalid', detail }] })
}

/** One page of `limit` rows out of `limit + 1`, and the cursor of the next page where there is one. */
export function toPage<Row extends { readonly id: number }>(found: readonly Row[], limit: number) {
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return { items, nextCursor: last ? Buffer.from(String(last.id)).toString('base64url') : null }
}
