import { z } from 'zod'
import { problem } from './input-problem.ts'

/** Bytes as text in base64 with its padding, at most `maxBytes` of them. */
export function base64(maxBytes: number) {
  const maxLength = Math.ceil(maxBytes / 3) * 4
  // No regular expression: it would keep a place to go back to for every group of a long text.
  return z
    .string()
    .max(maxLength)
    .refine(isBase64, problem('not_allowed'))
    .meta({ contentEncoding: 'base64', maxLength })
}

// Node's decoder skips what it does not know.
const isBase64 = (text: string) => Buffer.from(text, 'base64').toString('base64') === text
