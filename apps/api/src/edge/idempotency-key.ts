import { AppError } from '@repo/errors'

const maxLength = 255
const bareForm = /^[!#-~]+$/

/** As a published pattern: the form without quotes. */
export const idempotencyKeyPattern = bareForm.source

// A string of RFC 9651, section 3.3.3, without its spaces.
const quotedForm = /^"((?:[!#-[\]-~]|\\["\\])+)"$/

/** The key in an Idempotency-Key header, the same with quotes and without; throws for any other form. */
export function readIdempotencyKey(header: string): string {
  const quoted = quotedForm.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1')
  const key = quoted ?? (bareForm.test(header) ? header : '')
  if (key === '' || key.length > maxLength) throw new AppError('invalid_idempotency_key')
  return key
}
