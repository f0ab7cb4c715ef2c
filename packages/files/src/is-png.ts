import { crc32 } from 'node:zlib'
import { isFitImageSize } from './image-size.ts'

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
// Length, type and checksum stand around the data of a chunk (PNG, section 5.3).
const chunkOverhead = 12
const headerLength = 13

/** Whether the whole of it is one PNG: IHDR first, every checksum right, IEND last and nothing after it. */
export function isPng(bytes: Buffer): boolean {
  if (!bytes.subarray(0, signature.length).equals(signature)) return false
  let hasData = false
  let at = signature.length
  while (at + chunkOverhead <= bytes.length) {
    const length = bytes.readUInt32BE(at)
    const end = at + chunkOverhead + length
    if (end > bytes.length || !hasRightChecksum(bytes, at, end)) return false
    const type = bytes.toString('latin1', at + 4, at + 8)
    const isFirst = at === signature.length
    if ((type === 'IHDR') !== isFirst) return false
    if (isFirst && !isFitHeader(bytes.subarray(at + 8, end - 4))) return false
    if (type === 'IEND') return hasData && length === 0 && end === bytes.length
    hasData ||= type === 'IDAT'
    at = end
  }
  return false
}

const isFitHeader = (header: Buffer) =>
  header.length === headerLength && isFitImageSize(header.readUInt32BE(0), header.readUInt32BE(4))

const hasRightChecksum = (bytes: Buffer, at: number, end: number) =>
  crc32(bytes.subarray(at + 4, end - 4)) === bytes.readUInt32BE(end - 4)
