import { problem } from './input-problem.ts'
import { wellFormedString } from './text.ts'
import { unprintable } from './unprintable.ts'

const maxLength = 2_048
// No user before an @, nothing that the URL standard would cut out, turn round or take for the end.
const secure = /^https:\/\/[^\s\\@/?#]+(?:[/?#][^\s\\]*)?$/
const plainToo = /^https?:\/\/[^\s\\@/?#]+(?:[/?#][^\s\\]*)?$/

/**
 * The address of a page, complete and at most 2048 characters long, as a browser would write it out: what
 * was checked is what is used. HTTPS alone unless `plainHttp` is asked for. Where it leads is not looked at:
 * a server that follows it must check the address it connects to, each time.
 */
export function webUrlOf({ plainHttp }: { readonly plainHttp: boolean }) {
  const pattern = plainHttp ? plainToo : secure
  const hrefOf = (text: string) => (pattern.test(text) ? readHref(text) : null)
  return wellFormedString
    .max(maxLength)
    .refine((text) => !unprintable.test(text), problem('control_character'))
    .refine((text) => hrefOf(text) !== null, problem('not_a_url'))
    .overwrite((text) => hrefOf(text) ?? text)
    .meta({ pattern: pattern.source, maxLength })
}

/** The address of a page that is read over HTTPS. */
export const webUrl = webUrlOf({ plainHttp: false })

/** As the URL standard writes it out: host in ASCII, all else escaped; null where that is too long. */
function readHref(text: string): string | null {
  const href = URL.parse(text)?.href
  return href !== undefined && href.length <= maxLength ? href : null
}
