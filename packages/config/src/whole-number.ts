import { z } from 'zod'

/** Up to five decimal digits, within the bounds; the message says so. */
export function wholeNumber(min: number, max: number, message: string) {
  const text = z.string().regex(/^\d{1,5}$/, message)
  return text.transform(Number).pipe(z.int().min(min, message).max(max, message))
}

/** 0 is any that is free. */
export const port = wholeNumber(0, 65_535, 'must be a port, 0 to 65535')
