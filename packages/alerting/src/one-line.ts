/** The text on one line, without what does not print or turns the writing round, cut with … to a length. */
export function oneLine(text: string, maxLength: number): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return line.length <= maxLength ? line : `${cut(line, maxLength - 1)}…`
}

/** Cuts between characters, and not inside of one. */
const cut = (text: string, length: number) => text.slice(0, length).replace(/\p{Cs}$/u, '')
