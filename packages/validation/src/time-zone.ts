import { z } from 'zod'
import { problem } from './input-problem.ts'

const maxLength = 40
const pattern = /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/
const known: ReadonlySet<string> = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])

/**
 * A time zone of the IANA database by its name, in the spelling that this runtime holds for canonical
 * (`Asia/Kolkata` and `Asia/Calcutta` come out equal); no offset (`+01:00`, `Etc/GMT+5`), which is no place.
 */
export const timeZone = z
  .string()
  .max(maxLength)
  .refine((text) => canonicalOf(text) !== null, problem('not_a_time_zone'))
  .overwrite((text) => canonicalOf(text) ?? text)
  .meta({ pattern: pattern.source, maxLength })

function canonicalOf(text: string): string | null {
  if (text.length > maxLength || !pattern.test(text)) return null
  try {
    const { timeZone: zone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions()
    // ICU knows offsets too, and `SystemV/EST5`.
    return known.has(zone) ? zone : null
  } catch {
    return null
  }
}
