import { isUtf8 } from 'node:buffer'

const keyBytes = 32
// Of 32 random bytes this few differ once in 10¹³ times; of a pattern of half their length always.
const maxPatternBytes = 16

export interface NamedKey {
  readonly id: string
  /** 32 bytes in base64. */
  readonly key: string
}

/** The keys of `id:base64,id:base64`; null unless each is 32 bytes and no id or key is there twice. */
export function readEncryptionKeys(text: string): readonly NamedKey[] | null {
  const keys = splitKeys(text)
  const isGood = keys.every(({ id, key }) => /^[a-z0-9-]{1,32}$/.test(id) && isKey(key))
  return isGood && isEachOnce(keys.map(({ id }) => id)) && isEachOnce(keys.map(({ key }) => key))
    ? keys
    : null
}

const isEachOnce = (texts: readonly string[]) => new Set(texts).size === texts.length

/** What stands where keys should be, whatever it is. */
export function splitKeys(text: string): readonly NamedKey[] {
  return text.split(',').map((part) => {
    const [id = '', ...key] = part.trim().split(':')
    return { id, key: key.join(':') }
  })
}

/** Whether a key was typed or counted and not drawn: it is a text, a pattern, or goes by even steps. */
export function isGuessableKey(key: string): boolean {
  const bytes = Buffer.from(key, 'base64')
  const steps = bytes.map((byte, index) => byte - (bytes[index - 1] ?? byte))
  // Random bytes are UTF-8 once in 10⁸ times; words, hexadecimal and base64 taken as bytes always are.
  return isUtf8(bytes) || isPattern(bytes) || isPattern(steps)
}

const isPattern = (bytes: Uint8Array) => new Set(bytes).size <= maxPatternBytes

function isKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  // Node's decoder skips what it does not know.
  return bytes.length === keyBytes && bytes.toString('base64') === text
}
