import { AppError } from '@repo/errors'
import { foldPassword, loadCommonPasswords } from './common-passwords.ts'
import { consistsOfWords, readWords } from './password-words.ts'

export interface PasswordOwner {
  readonly email?: string
  readonly name?: string
}

export interface PasswordPolicy {
  /**
   * Throws `invalid_input` (pointer /password unless given) for a password that is among the most common,
   * or is made of the user's own e-mail, name or the product's name (ASVS 5.0, 6.2.4 and 6.2.11).
   */
  check(password: string, about: PasswordOwner, pointer?: string): Promise<void>
}

const productName = 'Rampart'

/** What the length rule cannot see; the password is neither rewritten nor trimmed. */
export function createPasswordPolicy(): PasswordPolicy {
  return {
    async check(password, { email = '', name = '' }, pointer = '/password') {
      if (consistsOfWords(password, readWords(email, name, productName))) {
        throw refusal(pointer, 'personal_password', 'This is made of a name that others know.')
      }
      if ((await loadCommonPasswords()).has(foldPassword(password))) {
        throw refusal(pointer, 'common_password', 'This is among the most common passwords.')
      }
    },
  }
}

const refusal = (pointer: string, code: string, detail: string) =>
  new AppError('invalid_input', { fields: [{ pointer, code, detail }] })
