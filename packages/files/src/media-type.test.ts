import { createPdf, createPng, createPngOf, pngChunk, sampleJpeg } from '@repo/testing'
import { describe, expect, test } from 'vitest'
import { detectMediaType, maxFileBytes } from './media-type.ts'

const png = createPng()
const jpeg = sampleJpeg
const pdf = createPdf()
const text = (content: string) => Buffer.from(content, 'latin1')
const join = (...parts: readonly (Buffer | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? text(part) : part)))
const changed = (bytes: Buffer, at: number, value: number) => {
  const copy = Buffer.from(bytes)
  copy[at] = value
  return copy
}
const htmlPage = '<!DOCTYPE html><html><script>alert(1)</script></html>'
// An archive without entries, which is an end of directory alone.
const zip = join('PK\x05\x06', Buffer.alloc(18))
const zipEntry = join('PK\x03\x04', Buffer.alloc(26))

describe('is taken for what it is', () => {
  test.each([
    ['a PNG', png, 'image/png'],
    ['a PNG with a text', createPng({ chunks: [pngChunk('tEXt', text('a\0b'))] }), 'image/png'],
    ['a PNG of 100 megapixels', createPng({ width: 10_000, height: 10_000 }), 'image/png'],
    ['a PNG of 5 MiB', createPngOf(maxFileBytes), 'image/png'],
    ['a JPEG', jpeg, 'image/jpeg'],
    ['a JPEG with zeros after it', join(jpeg, Buffer.alloc(9)), 'image/jpeg'],
    ['a JPEG with a preview after it, as cameras write', join(jpeg, jpeg), 'image/jpeg'],
    ['a PDF', pdf, 'application/pdf'],
    ['a long PDF', createPdf('%'.repeat(5_000)), 'application/pdf'],
    ['a PDF that was changed, with a second end', join(pdf, pdf.subarray(9)), 'application/pdf'],
    ['a PDF with Windows’ line ends', join(pdf, '\r\n'), 'application/pdf'],
  ])('%s', (_name, bytes, type) => {
    expect(detectMediaType(bytes)).toBe(type)
  })
})

const other: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(1_000)],
  ['text', text('hello')],
  ['a page', text(htmlPage)],
  ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
  ['SVG behind an XML declaration', text('<?xml version="1.0"?><svg/>')],
  ['a program for Windows', join('MZ', Buffer.alloc(100))],
  ['a program for Linux', join('\x7fELF', Buffer.alloc(100))],
  ['a shell script', text('#!/bin/sh\nrm -rf /\n')],
  ['a GIF', join('GIF89a', Buffer.alloc(100), ';')],
  ['WebP', join('RIFF', Buffer.alloc(4), 'WEBPVP8 ')],
  ['TIFF', join('II*\0', Buffer.alloc(100))],
  ['an archive', zip],
  ['an archive with an entry, such as a zip bomb or a .docx', join(zipEntry, zip)],
  ['gzip', join('\x1f\x8b\x08', Buffer.alloc(100))],
]

const broken: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['the signature of a PNG alone', png.subarray(0, 8)],
  ['a PNG without its end', png.subarray(0, -12)],
  ['a PNG cut in its last byte', png.subarray(0, -1)],
  ['a PNG with a wrong checksum', changed(png, png.length - 1, 0)],
  [
    'a PNG whose first chunk is none of its own',
    join(png.subarray(0, 8), pngChunk('tEXt', text('x'))),
  ],
  ['a PNG with two headers', createPng({ chunks: [png.subarray(8, 33)] })],
  ['a PNG without data', join(png.subarray(0, 33), png.subarray(-12))],
  ['a PNG of no width', createPng({ width: 0 })],
  ['a PNG bomb: 4 gigapixels in 70 bytes', createPng({ width: 65_535, height: 65_535 })],
  ['a PNG just over 100 megapixels', createPng({ width: 10_000, height: 10_001 })],
  ['a PNG whose chunk is longer than the file', changed(png, 33, 0x7f)],
  ['the beginning of a JPEG alone', jpeg.subarray(0, 3)],
  ['a JPEG without its end', jpeg.subarray(0, -2)],
  ['a JPEG of two markers', text('\xff\xd8\xff\xd9')],
  ['a JPEG with a segment of no length', text('\xff\xd8\xff\xe0\0\0\xff\xd9')],
  ['a JPEG bomb', bombed(jpeg)],
  ['the header of a PDF alone', text('%PDF-1.7\n')],
  ['a PDF without its end', pdf.subarray(0, -7)],
  ['a PDF of no known version', changed(pdf, 5, 0x39)],
  ['a PNG of 5 MiB and a byte', createPngOf(maxFileBytes + 1)],
]

/** The same with 65 535 × 65 535 pixels in its frame header. */
function bombed(bytes: Buffer): Buffer {
  const frame = bytes.indexOf('\xff\xc0', 0, 'latin1')
  return join(bytes.subarray(0, frame + 5), '\xff\xff\xff\xff', bytes.subarray(frame + 9))
}

const twoThings: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['a PNG with a page after it', join(png, htmlPage)],
  ['a PNG with an archive after it', join(png, zip)],
  ['a PNG with a zero after it', join(png, '\0')],
  ['a PNG with a PNG after it', join(png, png)],
  ['a PNG with an archive inside', createPng({ chunks: [pngChunk('ruSt', join(zipEntry, zip))] })],
  ['a PNG with a page in its head', createPng({ chunks: [pngChunk('tEXt', text(htmlPage))] })],
  ['a PNG with SVG in its head', createPng({ chunks: [pngChunk('tEXt', text('<svg onload=x>'))] })],
  [
    'a PNG with a script far inside',
    createPng({ chunks: [pngChunk('ruSt', join(Buffer.alloc(9_000), '<SCRIPT src=x>'))] }),
  ],
  [
    'a PNG with PHP inside',
    createPng({ chunks: [pngChunk('tEXt', text('<?php system($_GET[0]);'))] }),
  ],
  ['a PNG with a PDF inside', createPng({ chunks: [pngChunk('ruSt', pdf)] })],
  ['a page with a PNG after it', join(htmlPage, png)],
  ['an archive with a PNG after it', join(zipEntry, png)],
  ['a JPEG with a page after it', join(jpeg, htmlPage)],
  ['a JPEG with an archive after it', join(jpeg, zip)],
  ['a JPEG with a PNG after it', join(jpeg, png)],
  ['a JPEG with a script in a comment', commented(jpeg, '<script>alert(1)</script>')],
  ['a JPEG with a PDF in a comment', commented(jpeg, pdf.toString('latin1'))],
  ['a JPEG with an archive in a comment', commented(jpeg, zip.toString('latin1'))],
  ['a PDF with a page after it', join(pdf, htmlPage)],
  ['a long PDF with a page after it', join(createPdf('%'.repeat(5_000)), htmlPage)],
  ['a PDF with words after it', join(pdf, 'and more')],
  ['a PDF with an archive after it', join(pdf, zip)],
  ['a PDF with an archive inside', createPdf(join(zipEntry, zip).toString('latin1'))],
  ['a PDF with a page in its head', createPdf(htmlPage)],
  ['a PDF with a program before it', join('MZ', pdf)],
  ['a GIF with a PDF after it', join('GIF89a', pdf)],
]

function commented(bytes: Buffer, comment: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(comment.length + 2)
  return join(bytes.subarray(0, 2), '\xff\xfe', length, comment, bytes.subarray(2))
}

test('a comment alone does not make a JPEG another thing', () => {
  expect(detectMediaType(commented(jpeg, 'a picture'))).toBe('image/jpeg')
})

describe.each([
  ['another thing', other],
  ['broken', broken],
  ['two things at once', twoThings],
])('is refused, since it is %s:', (_why, cases) => {
  test.each(cases)('%s', (_name, bytes) => {
    expect(detectMediaType(bytes)).toBeNull()
  })
})

test('no cut of a good file is one, and none takes long', () => {
  for (const bytes of [png, jpeg, pdf.subarray(0, -1)]) {
    expect(detectMediaType(bytes)).not.toBeNull()
    for (let length = 0; length < bytes.length; length += 1) {
      expect(detectMediaType(bytes.subarray(0, length))).toBeNull()
    }
  }
})

test('nothing of 5 MiB takes long, however it is made', () => {
  const start = performance.now()
  for (const head of [jpeg.subarray(0, -2), pdf.subarray(0, 9), png.subarray(0, 8)]) {
    for (const fill of ['\xff', '\xff\0', '<s', ' ', '<?p', 'PK\x05']) {
      detectMediaType(join(head, Buffer.alloc(maxFileBytes - head.length, fill, 'latin1')))
    }
  }
  expect(performance.now() - start).toBeLessThan(5_000)
})
