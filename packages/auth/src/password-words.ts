import { foldPassword } from './common-passwords.ts'

const betweenWords = /[^\p{L}\p{M}]+/u
const minWordLength = 2

const readLetters = (text: string): readonly string[] => foldPassword(text).split(betweenWords)

/** The words in some texts, each alone and as parts of what they stand in: `O'Neil` is `neil` and `oneil`. */
export function readWords(...texts: readonly string[]): ReadonlySet<string> {
  const parts = texts.flatMap((text) => [text, ...text.split(/[\s@]+/)])
  const words = parts.map(readLetters).flatMap((found) => [...found, found.join('')])
  return new Set(words.filter((word) => word.length >= minWordLength))
}

/** Whether a password is these words and nothing else, in any order and number; case, digits and punctuation do not count. */
export function consistsOfWords(password: string, words: ReadonlySet<string>): boolean {
  const letters = readLetters(password).join('')
  // Where a row of whole words can end. A regular expression would take exponential time for words of our caller's choice.
  const ends = new Set([0])
  for (let start = 0; start < letters.length; start += 1) {
    if (!ends.has(start)) continue
    for (const word of words) if (letters.startsWith(word, start)) ends.add(start + word.length)
  }
  return letters.length > 0 && ends.has(letters.length)
}
