import { randomInt } from 'node:crypto'
import { hashToken } from './tokens.ts'

// Crockford's base32: no I, L, O or U, so that a code survives being written down. 16 letters are 80 bits.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const groups = 4
const groupLength = 4
const codesAtOnce = 10

/** Ten random codes of 80 bits, such as `7Q4K-0ZJM-XN2A-9VTE`. */
export const generateRecoveryCodes = (): readonly string[] =>
  Array.from({ length: codesAtOnce }, () => Array.from({ length: groups }, randomGroup).join('-'))

const randomGroup = () =>
  Array.from({ length: groupLength }, () => alphabet.charAt(randomInt(alphabet.length))).join('')

/** What is stored of a code, however it was typed; bound to its user. */
export const hashRecoveryCode = (userId: string, code: string): string =>
  hashToken(`recovery-code:${userId}:${normalize(code)}`)

// Crockford's reading of what looks alike.
const normalize = (code: string) =>
  code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
