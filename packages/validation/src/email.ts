import { z } from 'zod'
import { problem } from './input-problem.ts'
import { outputText } from './output-text.ts'
import { sensitive } from './sensitive.ts'

const maxLength = 254

// The guide's `^[\w.-]+@[\w.-]+\.\w+$` with its recorded exceptions: `+` may stand before the @, at
// most 64 characters do (RFC 5321); no dot leads, ends or follows another; no hyphen leads (a mailer
// would take it for an option) or stands at the edge of a domain's label, and no underscore in one.
const pattern =
  /^(?=[^@]{1,64}@)[\w+][\w+-]*(?:\.[\w+-]+)*@[A-Za-z\d](?:[A-Za-z\d-]*[A-Za-z\d])?(?:\.[A-Za-z\d](?:[A-Za-z\d-]*[A-Za-z\d])?)*\.[A-Za-z\d]+$/

/**
 * An e-mail address of at most 254 characters, in lower case: two spellings of one address are
 * equal. The pattern comes first: it admits ASCII alone, and lower-casing would turn letters such
 * as the Kelvin sign into ASCII. Nobody receives mail at `.invalid` (RFC 2606): services and deleted
 * people have such addresses.
 */
export const email = sensitive(
  z
    .email({ pattern })
    .max(maxLength)
    .toLowerCase()
    .refine((text) => !text.endsWith('.invalid'), problem('not_allowed')),
)

/** An e-mail address as it leaves. */
export const outputEmail = sensitive(outputText(maxLength))
