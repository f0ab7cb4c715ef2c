import { z } from 'zod'
import { isHttpUrl } from './is-http-url.ts'

/** Of what takes the log or traces; credentials have variables of their own. */
export const receiverUrl = z
  .string()
  .refine(
    (text) => isHttpUrl(text) && !/[?#]/.test(text),
    'must be an http:// or https:// URL without a user, a password or a query',
  )
