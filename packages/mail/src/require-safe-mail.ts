import { isAddress } from './address.ts'
import type { Mail } from './mail.ts'

/**
 * Throws a plain Error when `to` is not exactly one address or `subject` holds a control character:
 * input is validated long before it gets here, so this is our own bug. It never says the value.
 */
export function requireSafeMail({ to, subject }: Mail): void {
  if (!isAddress(to)) throw new Error('A mail goes to exactly one bare address.')
  if (/\p{Cc}/u.test(subject)) throw new Error('The subject of a mail has no control characters.')
}
