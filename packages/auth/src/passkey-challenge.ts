import { decodeClientDataJSON } from '@simplewebauthn/server/helpers'
import { isWellFormedToken } from './tokens.ts'

interface Answer {
  readonly response: { readonly clientDataJSON: string }
}

/**
 * The token that a browser's answer says it was asked with; null when it can be none of ours, or when
 * another site's frame was asked. Nothing is proven by it.
 */
export function readChallenge(answer: Answer): string | null {
  try {
    const { challenge, crossOrigin, topOrigin } = decodeClientDataJSON(
      answer.response.clientDataJSON,
    )
    if (crossOrigin || topOrigin !== undefined) return null
    const token = Buffer.from(challenge, 'base64url').toString()
    return isWellFormedToken(token) ? token : null
  } catch {
    return null
  }
}

/** The challenge of a token as it stands in a browser's answer. */
export const challengeOf = (token: string): string => Buffer.from(token).toString('base64url')
