import { z } from 'zod'
import { problem } from './input-problem.ts'

const maxLength = 35
const pattern = /^[A-Za-z]{2,8}(?:-[A-Za-z\d]{1,8})*$/

/**
 * A language tag (BCP 47) of at most 35 characters, in its canonical spelling: `en-us` comes out as `en-US`,
 * `iw` as `he`. Any well-formed tag of a language, script, region and variants is one; which languages you speak is for a `z.enum` to say.
 */
export const locale = z
  .string()
  .max(maxLength)
  .refine((text) => canonicalOf(text) !== null, problem('not_a_locale'))
  .overwrite((text) => canonicalOf(text) ?? text)
  .meta({ pattern: pattern.source, maxLength })

function canonicalOf(text: string): string | null {
  if (text.length > maxLength || !pattern.test(text)) return null
  try {
    const tag = new Intl.Locale(text).toString()
    // A canonical tag may be longer: `sh` is `sr-Latn`.
    return tag.length <= maxLength ? tag : null
  } catch {
    return null
  }
}
