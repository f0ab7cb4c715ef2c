import { z } from 'zod'
import { problem } from './input-problem.ts'
import { text } from './text.ts'
import { webUrl } from './web-url.ts'

const limits = { blocks: 500, items: 200, pieces: 200 } as const

/**
 * Text with marks as a tree of what is allowed, at most `maxLength` characters of it beside links, kept as it came. It
 * is never HTML, so there is nothing to clean and nothing that is dropped; `richTextToHtml` writes it out.
 */
export function richText(maxLength: number) {
  return z
    .array(richTextBlock(maxLength))
    .max(limits.blocks)
    .refine((blocks) => lengthOf(blocks) <= maxLength, problem('too_much_text'))
}

function richTextBlock(maxLength: number) {
  const words = text(maxLength)
  const content = z.array(richTextPiece(maxLength)).max(limits.pieces)
  return z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('paragraph'), content }),
    z.strictObject({ type: z.literal('quote'), content }),
    // The page's own title is the heading of level 1.
    z.strictObject({ type: z.literal('heading'), level: z.literal([2, 3, 4]), content }),
    z.strictObject({
      type: z.literal('list'),
      ordered: z.boolean(),
      items: z.array(content).max(limits.items),
    }),
    z.strictObject({ type: z.literal('code'), text: words }),
  ])
}

function richTextPiece(maxLength: number) {
  const mark = z.boolean().exactOptional()
  const marks = { bold: mark, italic: mark, strike: mark, code: mark }
  return z.strictObject({ text: text(maxLength), ...marks, link: webUrl.exactOptional() })
}

export type RichTextBlock = z.infer<ReturnType<typeof richTextBlock>>
export type RichTextPiece = z.infer<ReturnType<typeof richTextPiece>>
export type RichText = readonly RichTextBlock[]

function lengthOf(blocks: RichText): number {
  const texts = blocks.flatMap((block) => {
    if (block.type === 'code') return [block.text]
    const pieces = block.type === 'list' ? block.items.flat() : block.content
    return pieces.map((piece) => piece.text)
  })
  return texts.reduce((sum, words) => sum + [...words].length, 0)
}
