import { z } from 'zod'

const maxLength = 254 // RFC 5321, section 4.5.3.1.3: 256 with the angle brackets
const maxLocalLength = 64

/**
 * An e-mail address in lower case (G13). The guide's pattern, with `+` added, the length bounded and
 * its dots put right (docs/decisions/0009); each part is matched by itself, in linear time.
 */
export const email = z
  .string()
  .max(maxLength)
  .toLowerCase()
  .regex(/^[\w.+-]+@[\w.-]+\.\w+$/)
  .refine(isAddress, 'This is not an e-mail address.')

function isAddress(text: string): boolean {
  const [local = '', domain = ''] = text.split('@')
  const labels = domain.split('.')
  return (
    local.length <= maxLocalLength &&
    local.split('.').every((part) => part.length > 0) &&
    labels.every((label) => label.length <= 63 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label))
  )
}
