import { z } from 'zod'

// RFC 5321, section 4.5.3.1.3, without the angle brackets.
const maxAddressLength = 254
// No control or format characters: a line end would begin another header.
const named = /^([^\p{C}\p{Zl}\p{Zp}"<>]{1,100}) <([^<>]+)>$/u

/** Whether the text is an address, or `Name <address>`. */
export function isMailbox(text: string): boolean {
  const [, , address = text] = named.exec(text) ?? []
  return isAddress(address)
}

/** Whether the text is an address alone. */
export const isAddress = (text: string): boolean =>
  text.length <= maxAddressLength && z.regexes.html5Email.test(text)
