import { escapeHtml } from './escape-html.ts'
import type { RichText, RichTextBlock, RichTextPiece } from './rich-text.ts'
import { webUrl } from './web-url.ts'

/** HTML of the elements named here and no other; every text and address in it is encoded. */
export const richTextToHtml = (blocks: RichText): string => blocks.map(writeBlock).join('\n')

function writeBlock(block: RichTextBlock): string {
  switch (block.type) {
    case 'paragraph':
      return within('p', writePieces(block.content))
    case 'quote':
      return within('blockquote', writePieces(block.content))
    case 'heading':
      return within(headings[block.level] ?? 'p', writePieces(block.content))
    case 'list':
      return within(block.ordered ? 'ol' : 'ul', block.items.map(writeItem).join(''))
    case 'code':
      return within('pre', within('code', escapeHtml(block.text)))
  }
}

// What was stored may be of no level that is known here.
const headings: Readonly<Record<number, string>> = { 2: 'h2', 3: 'h3', 4: 'h4' }

const within = (element: string, inner: string) => `<${element}>${inner}</${element}>`
const writePieces = (pieces: readonly RichTextPiece[]) => pieces.map(writePiece).join('')
const writeItem = (pieces: readonly RichTextPiece[]) => within('li', writePieces(pieces))

const marks = { code: 'code', strike: 's', italic: 'em', bold: 'strong' } as const
const markNames = ['code', 'strike', 'italic', 'bold'] as const

function writePiece(piece: RichTextPiece): string {
  const marked = markNames
    .filter((name) => piece[name])
    .reduce((inner, name) => within(marks[name], inner), escapeHtml(piece.text))
  // What was stored may be older than the schema, or not have come through it.
  const link = webUrl.safeParse(piece.link)
  if (!link.success) return marked
  return `<a href="${escapeHtml(link.data)}" rel="nofollow noopener noreferrer ugc">${marked}</a>`
}
