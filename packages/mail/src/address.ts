import type { Sender } from './mail.ts'

// Whatever separates, groups, quotes or names addresses (RFC 5322, section 3.4) is refused.
const addressPattern = /^[^\s\p{C}@,;:<>()[\]\\"]+@[^\s\p{C}@,;:<>()[\]\\"]+$/u
const namedPattern = /^([^\p{C}<>]*)<([^<>]*)>$/u

/** Whether a text is one bare address: no name, no list, nothing that could end a header. */
export function isAddress(text: string): boolean {
  return addressPattern.test(text)
}

/** Reads `Name <address>` or an address; throws when it is neither. */
export function parseSender(text: string): Sender {
  const [, name = '', address = text] = namedPattern.exec(text) ?? []
  if (!isAddress(address)) throw new Error('The sender is neither an address nor Name <address>.')
  return { name: name.trim(), address }
}
