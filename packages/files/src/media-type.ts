import { isJpeg } from './is-jpeg.ts'
import { isPdf } from './is-pdf.ts'
import { isPng } from './is-png.ts'

/** Every kind of file that is taken, with the extension it is served under. */
export const mediaTypes = {
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg'],
  'application/pdf': ['pdf'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type MediaType = keyof typeof mediaTypes

/** 5 MiB. */
export const maxFileBytes = 5 * 1024 * 1024

const forms: Readonly<Record<MediaType, (bytes: Buffer) => boolean>> = {
  'image/png': isPng,
  'image/jpeg': isJpeg,
  'application/pdf': isPdf,
}

/** What the content is, by its own structure (G10); null for anything that is not allowed, or is two things at once. */
export function detectMediaType(bytes: Buffer): MediaType | null {
  if (bytes.length > maxFileBytes) return null
  const types = Object.keys(forms) as MediaType[]
  const type = types.find((one) => forms[one](bytes)) ?? null
  return type === null || isAlsoAnother(bytes, type) ? null : type
}

// Where sniffing readers look for the head of a page (the WHATWG's MIME Sniffing reads 1445 bytes).
const headBytes = 2_048
const pageHead = /<(?:!doctype|html|head|body|script|svg|iframe|\?xml|\?php)\b/i
// These are too long to stand in compressed data by chance.
const foreign = /<script|<\?php|<!doctype html/i
// The end of a ZIP archive, which is read from the back: a comment of up to 64 KiB may follow (APPNOTE 4.3.16).
const zipEnd = Buffer.from('PK\x05\x06', 'latin1')
const zipTailBytes = 65_535 + 22

/** Whether another reader would take it for another thing: a page, a script, an archive, a document. */
function isAlsoAnother(bytes: Buffer, type: MediaType): boolean {
  if (pageHead.test(bytes.toString('latin1', 0, headBytes))) return true
  if (bytes.subarray(-zipTailBytes).includes(zipEnd)) return true
  if (type === 'application/pdf') return false
  // PDF readers accept their header anywhere near the beginning.
  return bytes.includes('%PDF-', 0, 'latin1') || foreign.test(bytes.toString('latin1'))
}
