import { SetupError } from '../setup-error.ts'

/** A place in a file: from a line that is there once to the line that closes it. */
export interface Block {
  readonly opens: string
  readonly closes: string
}

type EditLines = (lines: readonly string[]) => readonly string[]

/** The text with the lines inside a block, or a block within a block, edited; throws where there is no such block. */
export function editBlock(text: string, blocks: readonly Block[], edit: EditLines): string {
  const [block, ...inner] = blocks
  if (!block) return edit(text.split('\n')).join('\n')
  const [start, end] = findBlock(text, block)
  return text.slice(0, start) + editBlock(text.slice(start, end), inner, edit) + text.slice(end)
}

/** Where the lines of a block begin and end, without the line breaks around them. */
function findBlock(text: string, { opens, closes }: Block): readonly [number, number] {
  const opening = `${opens}\n`
  const at = text.indexOf(opening)
  if (at < 0) throw missing(opens)
  if (text.includes(opening, at + 1)) throw new SetupError(`“${opens}” is there twice.`, nothing)
  const start = at + opening.length
  const end = text.indexOf(`\n${closes}`, start)
  if (end < 0) throw missing(closes)
  return [start, end]
}

const nothing = 'Nothing was written.'

/** Why a file cannot be edited: it has not what an edit goes by. */
export const missing = (anchor: string) => new SetupError(`“${anchor}” is not there.`, nothing)

export const append =
  (...added: readonly string[]): EditLines =>
  (lines) => [...lines, ...added]

/** Puts lines before the first whose key comes after theirs, else after the last that has a key. */
export function insertSorted(
  keyForm: RegExp,
  key: string,
  added: readonly string[],
): (lines: readonly string[]) => readonly string[] {
  return (lines) => {
    const keys = lines.map((line) => keyForm.exec(line)?.[1]?.toLowerCase())
    const last = keys.findLastIndex((one) => one !== undefined)
    if (last < 0) throw missing(String(keyForm))
    const later = keys.findIndex((one) => one !== undefined && one > key.toLowerCase())
    return lines.toSpliced(later < 0 ? last + 1 : aboveComments(lines, later), 0, ...added)
  }
}

function aboveComments(lines: readonly string[], index: number): number {
  return lines[index - 1]?.trim().startsWith('//') ? aboveComments(lines, index - 1) : index
}
