import { isWellFormedToken } from './tokens.ts'

/** How every API key begins: what secret scanners look for. */
export const apiKeyPrefix = 'rk_live_'

const tokenLength = 49
const shownLength = 8

/** Whether a text begins like an API key of ours. */
export const isApiKey = (text: string): boolean => text.startsWith(apiKeyPrefix)

/** Whether a text has the shape and the checksum of an API key, by itself: no query is asked. */
export const isWellFormedApiKey = (text: string): boolean =>
  isApiKey(text) && isWellFormedToken(text.slice(apiKeyPrefix.length))

/** What its owner tells a key by: 48 of its 256 random bits. */
export const shownPrefix = (key: string): string => key.slice(0, apiKeyPrefix.length + shownLength)

/** Every well-formed key in a text, percent-encoded or not, each once, in time linear in its length. */
export function findApiKeys(text: string): readonly string[] {
  const decoded = decode(text)
  const found = new Set<string>()
  // The next one is looked for one character on, since a text before a key may look like its beginning.
  for (let at = find(decoded, 0); at >= 0; at = find(decoded, at + 1)) {
    const candidate = decoded.slice(at, at + apiKeyPrefix.length + tokenLength)
    if (isWellFormedApiKey(candidate)) found.add(candidate)
  }
  return [...found]
}

const find = (text: string, from: number) => text.indexOf(apiKeyPrefix, from)

// A URL inside of a URL is encoded twice, and one in that thrice.
const maxDecodings = 3
const encodedAscii = /%[0-7][0-9A-Fa-f]/g

/** ASCII alone, and what cannot be decoded stays: decodeURIComponent would throw for it. */
function decode(text: string): string {
  let decoded = text
  for (let round = 0; round < maxDecodings && decoded.includes('%'); round += 1) {
    decoded = decoded.replace(encodedAscii, toCharacter)
  }
  return decoded
}

const toCharacter = (encoded: string) => String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
