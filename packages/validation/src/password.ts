import { lengthBetween } from './length-between.ts'
import { secretInput } from './sensitive.ts'
import { anyText, wellFormedString } from './text.ts'

const newPasswordLength = { minLength: 12, maxLength: 128 } as const

/** A password to be set: 12 to 128 characters (code points) of any kind, never trimmed or rewritten. */
export const newPassword = secretInput(
  wellFormedString
    .check(lengthBetween(newPasswordLength.minLength, newPasswordLength.maxLength))
    .meta({ ...newPasswordLength, pattern: anyText, format: 'password' }),
)

/** A password to be compared: bounded only, since yesterday's rules may have let in another kind. */
export const currentPassword = secretInput(
  wellFormedString.min(1).max(1_024).meta({ pattern: anyText, format: 'password' }),
)
