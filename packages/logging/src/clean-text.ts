const maxLength = 4_000

// DEL, C1 controls (U+009B starts an escape sequence), line separators and what reverses the text after it
// (UAX #9), which JSON lets stand.
const controls = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
const credentials: readonly (readonly [form: RegExp, replacement: string])[] = [
  [/(:\/\/[^\s/:@]*:)[^\s/@]*@/g, '$1[secret]@'],
  [/\b(bearer|basic|dpop)\s+[^\s"',]+/gi, '$1 [secret]'],
  [/\brk_[\w-]+/g, '[secret]'],
]

/** Text as it may be logged: bounded, without control characters, passwords in URLs, keys and tokens. */
export function cleanText(text: string): string {
  const bounded = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
  return credentials.reduce(
    (cleaned, [form, replacement]) => cleaned.replace(form, replacement),
    bounded.replace(controls, '\ufffd'),
  )
}
