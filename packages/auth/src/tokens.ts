import { createHash, randomBytes } from 'node:crypto'

const secretBytes = 32
const checksumLength = 6
const shape = /^[A-Za-z0-9_-]{49}$/

const digest = (text: string) => createHash('sha256').update(text)
const checksumOf = (secret: string) =>
  digest(`rampart-token:${secret}`).digest('base64url').slice(0, checksumLength)

/** A random token of 256 bits with a checksum behind it, in 49 URL-safe characters. */
export function generateToken(): string {
  const secret = randomBytes(secretBytes).toString('base64url')
  return secret + checksumOf(secret)
}

/** Whether a token can be one of ours at all; a random guess is refused here, before any query. */
export function isWellFormedToken(token: string): boolean {
  return (
    shape.test(token) &&
    token.slice(-checksumLength) === checksumOf(token.slice(0, -checksumLength))
  )
}

/** What is stored of a token: its SHA-256 in hex (256 random bits need no slow hash). */
export const hashToken = (token: string): string => digest(token).digest('hex')
